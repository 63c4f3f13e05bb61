import numpy as np
import polars as pl
import pytest
from scipy.stats import fisher_exact

from features.market.rebid_persistence import persistent_firms, rebid_persistence
from features.segments import Floats


def as_rebids(first: Floats, second: Floats, firms: int = 12, seed: int = 0) -> pl.LazyFrame:
    rng = np.random.default_rng(seed)
    order = np.argsort(first, axis=1)
    entered = np.argsort(rng.random((len(first), firms)), axis=1)[:, : first.shape[1]]
    columns: dict[str, object] = {"tender_id": [f"T{t}" for t in range(len(first))]}
    for k in range(3):
        place = order[:, [k]]
        columns[f"firm_{k + 1}"] = [f"F{f}" for f in np.take_along_axis(entered, place, 1).ravel()]
        columns[f"first_{k + 1}"] = np.take_along_axis(first, place, 1).ravel()
        columns[f"second_{k + 1}"] = np.take_along_axis(second, place, 1).ravel()
    return pl.LazyFrame({**columns, "lowest": second.min(axis=1)})


def competition(rng: np.random.Generator, rounds: int = 500) -> pl.LazyFrame:
    cost = 0.9 + 0.03 * rng.normal(size=(rounds, 5))
    first, second = (cost + 0.03 * rng.normal(size=cost.shape) for _ in range(2))
    return as_rebids(first, second, seed=int(rng.integers(99)))


def agreed(rng: np.random.Generator, rounds: int = 500) -> pl.LazyFrame:
    first = 0.9 + 0.03 * rng.normal(size=(rounds, 5))
    second = 0.85 + 0.03 * np.abs(rng.normal(size=first.shape))
    second[np.arange(rounds), first.argmin(axis=1)] = 0.849
    return as_rebids(first, second)


@pytest.mark.parametrize("margin", [0.01, 0.03])
def test_p_values_are_uniform_under_competition(margin: float) -> None:
    rng = np.random.default_rng(2)
    p = np.sort([rebid_persistence(competition(rng), margin=margin).p_value or 0.0 for _ in range(150)])

    assert np.abs(p - (np.arange(150) + 0.5) / 150).max() < 0.133  # the 1 % point of Kolmogorov's distance
    assert np.mean(p <= 0.05) <= 0.107


def test_an_agreed_winner_stays_lowest_while_the_others_change() -> None:
    found = rebid_persistence(agreed(np.random.default_rng(3)))

    assert found.details["persistence"] == 1.0
    assert found.details["changed_12"] == 0.0
    assert found.details["changed_23"] == pytest.approx(0.5, abs=0.1)
    assert found.statistic == pytest.approx(0.5, abs=0.1)
    assert (found.p_value or 1) < 1e-6


def test_only_close_pairs_that_bid_again_count() -> None:
    rows = competition(np.random.default_rng(4)).collect()
    gone = rows.with_columns(
        second_3=pl.when(pl.int_range(pl.len()) % 2 == 0).then("second_3"),
        first_2=pl.when(pl.int_range(pl.len()) % 5 == 0).then(pl.col("first_1") + 0.02).otherwise("first_2"),
    )
    close_12 = gone.filter(pl.col("first_2") - pl.col("first_1") < 0.01)
    close_23 = gone.filter((pl.col("first_3") - pl.col("first_2")).abs() < 0.01, pl.col("second_3") > 0)

    found = rebid_persistence(gone.filter(pl.col("first_2") < pl.col("first_3")).lazy())

    assert found.details["pairs_12"] == close_12.filter(pl.col("first_2") < pl.col("first_3")).height
    assert found.details["pairs_23"] == close_23.filter(pl.col("first_2") < pl.col("first_3")).height


def test_order_and_unit_do_not_matter() -> None:
    rows = competition(np.random.default_rng(5)).collect()

    one = rebid_persistence(rows.lazy())
    other = rebid_persistence(rows.sample(fraction=1.0, shuffle=True, seed=3).lazy())

    assert other == one


def test_firms_are_tested_exactly_against_the_rounds_of_others() -> None:
    rows = agreed(np.random.default_rng(6)).collect()
    found = persistent_firms(rows.lazy())
    firm = found["bidder_id"][0]
    near = pl.col("first_2") - pl.col("first_1") < 0.01
    leading = rows.filter(near, (pl.col("firm_1") == firm) | (pl.col("firm_2") == firm))
    others = rows.filter(
        pl.col("first_3") - pl.col("first_2") < 0.01, pl.col("firm_2") != firm, pl.col("firm_3") != firm
    )
    moved = others.filter(pl.col("second_3") < pl.col("second_2")).height

    expected = fisher_exact([[0, leading.height], [moved, others.height - moved]], alternative="less").pvalue

    assert found.row(0, named=True)["rounds"] == leading.height
    assert found["changed"].sum() == 0
    assert found["p_value"][0] == pytest.approx(expected)
    assert (found["adjusted"] < 0.01).all()
    assert found["p_value"].is_sorted()


def test_competing_firms_are_seldom_named() -> None:
    rng = np.random.default_rng(7)
    found = pl.concat([persistent_firms(competition(rng)) for _ in range(60)])

    assert (found["p_value"] <= 0.05).mean() <= 0.05  # type: ignore[operator]
    assert (found["adjusted"] <= 0.05).mean() <= 0.01  # type: ignore[operator]


def test_too_little_is_refused() -> None:
    few = competition(np.random.default_rng(8), rounds=40)

    with pytest.raises(ValueError, match="needs at least 30 close pairs of lowest and second lowest bids"):
        rebid_persistence(few)
    with pytest.raises(ValueError, match="needs at least 30 close pairs of second and third lowest bids"):
        persistent_firms(few)
