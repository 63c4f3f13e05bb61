from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import t as student

from features.market.close_margin import BACKLOG_DAYS, backlog, close_margin
from features.segments import Counts, Floats

FIRMS, BIDDERS = 40, 4


def market(rng: np.random.Generator, tenders: int = 300, turns: bool = False) -> pl.LazyFrame:
    firms = np.concatenate([rng.choice(FIRMS, BIDDERS, replace=False) for _ in range(tenders)])
    ratio = rng.uniform(0.93, 1.0, (tenders, BIDDERS))
    day = np.arange(tenders) * 3
    if turns:
        ratio = by_turns(firms.reshape(tenders, BIDDERS), np.sort(ratio, axis=1))
    tender = np.repeat(np.arange(tenders), BIDDERS)
    ceiling = 2.0 ** rng.integers(18, 22, tenders)[tender]
    return pl.LazyFrame(
        {
            "tender_id": [f"T{t}" for t in tender],
            "bidder_id": [f"F{f}" for f in firms],
            "price": ratio.ravel() * ceiling,
            "ceiling": ceiling,
            "won": (ratio == ratio.min(axis=1, keepdims=True)).ravel(),
            "deadline_at": [date(2010, 1, 1) + timedelta(days=int(day[t])) for t in tender],
        }
    )


def by_turns(firms: Counts, ordered: Floats) -> Floats:
    last = np.full(FIRMS, -1)
    placed = np.empty_like(ordered)
    for t, entered in enumerate(firms):
        longest = int(np.argmin(last[entered]))
        placed[t] = np.insert(ordered[t, 1:], longest, ordered[t, 0])
        last[entered[longest]] = t
    return placed


def test_p_values_are_uniform_under_competition() -> None:
    rng = np.random.default_rng(9)
    found = [close_margin(backlog(market(rng)), "backlog") for _ in range(100)]
    p = np.sort([f.p_value or 0.0 for f in found])

    assert np.abs(p - (np.arange(100) + 0.5) / 100).max() < 0.163  # the 1 % point of Kolmogorov's distance


def test_an_outcome_that_moves_bids_smoothly_does_not_jump() -> None:
    rng = np.random.default_rng(10)
    load = rng.uniform(0, 1, 6000)
    bids = pl.LazyFrame(
        {
            "tender_id": [f"T{i // 4}" for i in range(6000)],
            "price": 0.9 + 0.05 * load + rng.uniform(0, 0.05, 6000),
            "ceiling": [1.0] * 6000,
            "backlog": load,
        }
    )

    assert (close_margin(bids, "backlog").p_value or 0) > 0.05


def test_turns_leave_close_losers_with_more_work() -> None:
    found = close_margin(backlog(market(np.random.default_rng(2), turns=True)), "backlog")

    assert found.statistic > 0.2
    assert (found.p_value or 1) < 0.001
    assert found.details["half_bandwidth"] > 0


def test_protected_incumbents_stand_among_close_winners() -> None:
    bids = market(np.random.default_rng(2)).with_columns(
        incumbent=pl.col("won") & (pl.col("tender_id").hash(1) % 3 > 0)
    )

    found = close_margin(bids, "incumbent")

    assert found.statistic == pytest.approx(-2 / 3, abs=0.1)
    assert (found.p_value or 1) < 0.001


def test_it_is_weighted_least_squares_with_clusters() -> None:
    bids = backlog(market(np.random.default_rng(3))).collect()
    pairs = bids.with_columns(
        pl.col("price").sort().get(i).over("tender_id").alias(f"p{i}") for i in (0, 1)
    ).with_columns(rival=pl.when(pl.col("price") == pl.col("p0")).then("p1").otherwise("p0"))
    close = pairs.with_columns(d=(pl.col("price") - pl.col("rival")) / pl.col("ceiling")).filter(
        pl.col("d").abs() < 0.02
    )
    d, y = close["d"].to_numpy(), close["backlog"].to_numpy()
    root = np.sqrt(1 - np.abs(d) / 0.02)
    x = np.column_stack([np.ones_like(d), d > 0, d, d * (d > 0)]) * root[:, None]
    beta, *_ = np.linalg.lstsq(x, y * root)
    left = y * root - x @ beta
    tender = close["tender_id"].to_numpy()
    parts = [x[tender == t].T @ left[tender == t] for t in np.unique(tender)]
    bread, g, n = np.linalg.inv(x.T @ x), len(parts), d.size
    error = np.sqrt(
        (bread @ sum(np.outer(p, p) for p in parts) @ bread)[1, 1] * g / (g - 1) * (n - 1) / (n - 4)
    )

    found = close_margin(bids.lazy(), "backlog", bandwidth=0.02)

    assert found.statistic == pytest.approx(beta[1])
    assert found.details["standard_error"] == pytest.approx(error)
    assert found.p_value == pytest.approx(2 * student.sf(abs(beta[1] / error), g - 1))


def test_backlog_counts_the_wins_of_ninety_days_and_nothing_later() -> None:
    bids = market(np.random.default_rng(4), tenders=80).collect()
    unit = bids.filter("won")["price"].median()
    wins = bids.filter("won").select("bidder_id", at="deadline_at", amount="price")
    within = (pl.col("at") < pl.col("deadline_at")) & (
        pl.col("at") >= pl.col("deadline_at") - timedelta(days=BACKLOG_DAYS)
    )
    brute = (
        bids.join(wins, on="bidder_id", how="left")
        .group_by("tender_id", "bidder_id").agg(pl.col("amount").filter(within).sum().alias("work"))
        .with_columns(expected=(pl.col("work") / unit).log1p())
    )  # fmt: skip

    both = backlog(bids.lazy()).collect().join(brute, on=["tender_id", "bidder_id"])

    assert both.height == bids.height
    assert both["backlog"].to_numpy() == pytest.approx(both["expected"].to_numpy(), abs=1e-9)
    assert both["backlog"].max() > 0  # type: ignore[operator]


def test_neither_order_nor_currency_matters() -> None:
    bids = market(np.random.default_rng(5))
    other = (
        bids.with_columns(pl.col("price", "ceiling") * 4).collect().sample(fraction=1.0, shuffle=True, seed=2)
    )

    before, after = (close_margin(backlog(b), "backlog") for b in (bids, other.lazy()))

    assert after.statistic == pytest.approx(before.statistic)
    assert after.p_value == pytest.approx(before.p_value)


def test_the_donut_leaves_out_the_closest() -> None:
    bids = backlog(market(np.random.default_rng(6)))

    whole, ring = close_margin(bids, "backlog"), close_margin(bids, "backlog", donut=0.004)

    assert ring.details["bids"] < whole.details["bids"]
    with pytest.raises(ValueError, match=r"The donut 0.02 must lie between 0 and the bandwidth 0.02"):
        close_margin(bids, "backlog", donut=0.02)


def test_tsuchiura_shows_no_turns_beyond_chance(tsuchiura: pl.LazyFrame) -> None:
    bids = tsuchiura.with_columns(
        deadline_at=pl.col("date"), won=pl.col("price") == pl.col("price").min().over("tender_id")
    )

    before, after = (
        close_margin(backlog(bids).filter(f), "backlog") for f in (~pl.col("floored"), "floored")
    )

    assert 0.05 < (before.p_value or 0) < 0.1
    assert (after.p_value or 0) > 0.2


def test_too_little_is_refused() -> None:
    bids = backlog(market(np.random.default_rng(7), tenders=30))

    with pytest.raises(ValueError, match="needs at least 50 tenders with a close bid and has"):
        close_margin(bids, "backlog")
    with pytest.raises(ValueError, match=r"\['age'\] are not among"):
        close_margin(bids, "age")
    with pytest.raises(ValueError, match=r"\['won'\] are not among"):
        backlog(bids.drop("won"))
