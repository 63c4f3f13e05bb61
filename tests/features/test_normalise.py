import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.normalise import FEWEST, WHOLE, Scale, fit

COLUMNS = ["a", "b"]
MECHANISM = pl.col("mechanism")
SIZED = pl.format(
    "{} {}", "mechanism", pl.when(pl.col("n") > 4).then(pl.lit("many")).otherwise(pl.lit("few"))
)


def market(seed: int = 0, rows: int = 300) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "tender_id": [f"T{i}" for i in range(rows)],
            "mechanism": rng.choice(["lowest", "mean"], rows, p=[0.8, 0.2]),
            "n": rng.integers(1, 8, rows),
            "a": np.where(rng.random(rows) < 0.1, np.nan, rng.lognormal(0, 1, rows)),
            "b": rng.integers(0, 5, rows),
        }
    ).with_columns(pl.col("a").fill_nan(None))


def test_z_scores_have_mean_zero_and_deviation_one_where_they_were_fitted() -> None:
    made = fit(market(), COLUMNS).transform(market())
    for name in COLUMNS:
        assert made[name].mean() == pytest.approx(0, abs=1e-12)
        assert made[name].std() == pytest.approx(1)


def test_z_scores_have_mean_zero_and_deviation_one_within_every_stratum() -> None:
    made = fit(market(), COLUMNS, strata=[MECHANISM]).transform(market())
    of = made.group_by("normalised_in").agg(pl.col("a").mean().alias("mean"), pl.col("a").std().alias("sd"))
    assert set(of["normalised_in"]) == {"lowest", "mean"}
    assert of["mean"].to_list() == pytest.approx([0, 0], abs=1e-12)
    assert of["sd"].to_list() == pytest.approx([1, 1])


def test_demeaned_keeps_the_spread() -> None:
    made = fit(market(), COLUMNS, Scale.DEMEANED).transform(market())
    assert made["a"].mean() == pytest.approx(0, abs=1e-12)
    assert made["a"].std() == pytest.approx(market()["a"].std())


def test_ranks_are_those_of_polars_over_the_number_of_known_values() -> None:
    made = fit(market(), COLUMNS, Scale.RANK).transform(market())
    for name in COLUMNS:
        known = market()[name]
        expected = known.rank("average") / known.count()
        assert made[name].drop_nulls().to_list() == pytest.approx(expected.drop_nulls().to_list())
        assert made[name].is_between(0, 1, closed="right").all()


def test_raw_changes_nothing() -> None:
    made = fit(market(), COLUMNS, Scale.RAW).transform(market())
    assert_frame_equal(made.select(COLUMNS), market().select(pl.col(COLUMNS).cast(pl.Float64)))


@pytest.mark.parametrize("scale", Scale)
def test_nothing_of_the_rows_that_are_transformed_is_learned(scale: Scale) -> None:
    fitted, target = fit(market(), COLUMNS, scale, strata=[SIZED, MECHANISM]), market(1)
    whole = fitted.transform(target)
    alone = pl.concat([fitted.transform(row) for row in target.iter_slices(1)])
    assert_frame_equal(alone, whole)
    wild = target.with_columns(pl.when(pl.col("tender_id") == "T0").then("a").otherwise(1e9).alias("a"))
    assert_frame_equal(fitted.transform(wild).head(1), whole.head(1))


@pytest.mark.parametrize("scale", Scale)
def test_the_order_of_the_rows_does_not_matter(scale: Scale) -> None:
    shuffled = market().sample(fraction=1.0, shuffle=True, seed=3)
    one, other = (
        fit(m, COLUMNS, scale, strata=[MECHANISM]).transform(market(1)) for m in (market(), shuffled)
    )
    assert_frame_equal(one, other)


@pytest.mark.parametrize("scale", Scale)
def test_null_stays_null(scale: Scale) -> None:
    made = fit(market(), COLUMNS, scale).transform(market())
    assert made["a"].is_null().to_list() == market()["a"].is_null().to_list()


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_neither_learned_nor_scaled(odd: float | None) -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0, odd]})
    assert fit(frame, ["a"]).transform(frame)["a"].to_list() == [-1.0, 0.0, 1.0, None]


def test_a_constant_column_has_no_scale_but_its_own_value() -> None:
    fitted = fit(pl.DataFrame({"a": [0.1] * 3}), ["a"])
    assert fitted.transform(pl.DataFrame({"a": [0.1, 0.2]}))["a"].to_list() == [0.0, None]
    ranks = fit(pl.DataFrame({"a": [0.1] * 3}), ["a"], Scale.RANK)
    assert ranks.transform(pl.DataFrame({"a": [0.1, 0.2]}))["a"].to_list() == [pytest.approx(2 / 3), 1.0]


def test_a_column_that_was_never_known_stays_unknown() -> None:
    empty = pl.DataFrame({"a": [None, None]}, schema={"a": pl.Float64})
    assert fit(empty, ["a"]).transform(pl.DataFrame({"a": [1.0]}))["a"].to_list() == [None]


def test_an_unknown_or_thin_stratum_falls_back_and_says_so() -> None:
    rows = market(rows=60).with_columns(mechanism=pl.lit("lowest"), n=pl.lit(3))
    thin = rows.head(FEWEST - 1).with_columns(mechanism=pl.lit("auction"))
    fitted = fit(pl.concat([rows, thin]), COLUMNS, strata=[SIZED, MECHANISM])
    new = rows.head(4).with_columns(
        pl.Series("mechanism", ["lowest", "lowest", "auction", None]), pl.Series("n", [3, 9, 3, 3])
    )
    assert fitted.transform(new)["normalised_in"].to_list() == ["lowest few", "lowest", WHOLE, WHOLE]


def test_the_note_says_what_was_learned_from() -> None:
    assert "300 unlabelled rows in 3 strata; transductive" in fit(market(), COLUMNS, strata=[MECHANISM]).note
    assert fit(market(), COLUMNS, Scale.RAW).note == "Raw values: nothing was learned."


def test_missing_columns_and_empty_frames_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no columns \['c'\]; it has \['a'\]"):
        fit(pl.DataFrame({"a": [1.0]}), ["c"])
    with pytest.raises(ValueError, match="cannot be learned from no rows"):
        fit(pl.DataFrame({"a": []}, schema={"a": pl.Float64}), ["a"])
