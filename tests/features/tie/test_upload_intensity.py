from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.segments import Floats
from features.tie import upload_intensity
from features.tie.close_uploads import chance
from features.tie.upload_intensity import ENOUGH
from records.tables import Market, market_of

START = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
Law = Callable[[np.random.Generator, tuple[int, int]], Floats]
LAWS: dict[str, Law] = {
    "exponential": lambda rng, size: rng.exponential(240, size),
    "rush and early birds": lambda rng, size: np.where(
        rng.random(size) < 0.7, rng.exponential(45, size), rng.uniform(500, 4000, size)
    ),
    "lognormal": lambda rng, size: rng.lognormal(5, 1.2, size),
}


def arrivals(
    seed: int, n_tenders: int, n_bids: int, law: str = "exponential", category: str | None = None
) -> Market:
    """Tenders a day apart, bids uploaded independently of each other."""
    before = LAWS[law](np.random.default_rng(seed), (n_tenders, n_bids))
    tender = np.repeat(np.arange(n_tenders), n_bids)
    ids = [f"T{t:05}" for t in range(n_tenders)]
    deadlines = [START + timedelta(days=t) for t in range(n_tenders)]
    tenders = {"tender_id": ids, "deadline_at": deadlines, "category": category, "batch_id": "x"}
    bids = pl.DataFrame({"tender": tender, "before": before.ravel()}).with_row_index("row").select(
        pl.format("B{}", "row").alias("bid_id"),
        pl.Series("tender_id", ids).gather(pl.Series(tender)).alias("tender_id"),
        pl.format("F{}", pl.col("row") % n_bids).alias("bidder_id"),
        (pl.lit(START) + pl.duration(days="tender") - pl.duration(microseconds=pl.col("before") * 60e6))
        .alias("submitted_at"),
        pl.lit("x").alias("batch_id"),
    )  # fmt: skip
    return market_of(tenders=pl.DataFrame(tenders, schema_overrides={"category": pl.String}), bids=bids)


def expected(market: Market) -> pl.DataFrame:
    return Build(market).table("expected_uploads").collect()


def pair_chances(rows: pl.DataFrame) -> Floats:
    """Chance of the gap between the bids of F0 and F1 of every tender."""
    two = rows.filter(pl.col("bidder_id").is_in(["F0", "F1"]), pl.col("near").is_not_null())
    ends = two.group_by("tender_id").agg(pl.col("near").min(), pl.col("far").max(), pl.len())
    ends = ends.filter(pl.col("len") == 2)
    return np.sort(chance(ends["near"].to_numpy(), ends["far"].to_numpy()))


@pytest.mark.parametrize("law", LAWS)
def test_chances_are_uniform_whatever_the_law_of_arrival(law: str) -> None:
    p = pair_chances(expected(arrivals(1, 4000, 4, law)).filter(pl.col("history") >= 2000))
    assert p.size > 3000
    for level in (0.01, 0.05, 0.2):
        slack = 3 * np.sqrt(level * (1 - level) / p.size)
        assert (p <= level).mean() == pytest.approx(level, abs=slack), (law, level)
    worst = np.abs(p - (np.arange(p.size) + 0.5) / p.size).max()
    assert worst < 1.63 / np.sqrt(p.size), (law, worst)  # 1 % point of the Kolmogorov law


@pytest.mark.parametrize(("n", "stated"), [(3, 0.12), (5, 0.34), (10, 0.85)])
def test_chance_that_some_pair_is_within_ten_minutes(n: int, stated: float) -> None:
    rows = expected(arrivals(n, 3000, n)).sort("tender_id", "before")
    gaps = rows.select(pl.col("before").diff().over("tender_id").alias("gap"), "tender_id")
    close = gaps.group_by("tender_id").agg((pl.col("gap") <= 10).any())["gap"].mean()
    assert close == pytest.approx(stated, abs=0.02)


def test_before_enough_is_known_there_is_no_chance() -> None:
    rows = expected(arrivals(2, 60, 5))
    known = rows.filter(pl.col("near").is_not_null())
    assert known["history"].min() == ENOUGH
    assert rows.filter(pl.col("history") < ENOUGH)["far"].null_count() == ENOUGH


def test_a_category_speaks_for_itself_from_enough_on() -> None:
    quick, slow = arrivals(3, 100, 5, category="a"), arrivals(4, 100, 5, "lognormal", category="b")
    renamed = {
        name: pl.concat([table, getattr(slow, name).with_columns(tender_id=pl.format("S{}", "tender_id"))])
        for name, table in {"tenders": quick.tenders, "bids": quick.bids}.items()
    }
    both = market_of(
        tenders=renamed["tenders"],
        bids=renamed["bids"].with_columns(bid_id=pl.format("{}-{}", "tender_id", "bid_id")),
    )
    alone = expected(quick).filter(pl.col("history") >= ENOUGH).select("tender_id", "before", "near", "far")
    joined = expected(both).filter(pl.col("tender_id").is_in(alone["tender_id"].implode()))
    assert_frame_equal(joined.select(alone.columns), alone)


def test_portions_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    market = arrivals(5, 150, 4)
    whole = expected(market)
    monkeypatch.setattr(upload_intensity, "_AT_ONCE", 7)
    assert_frame_equal(expected(market), whole)


def test_later_tenders_change_no_earlier_row() -> None:
    market = arrivals(6, 200, 4)
    cut = START + timedelta(days=149, hours=12)
    early = market.tenders.filter(pl.col("deadline_at") < cut).collect()
    part = market_of(tenders=early, bids=market.bids.join(early.lazy(), on="tender_id", how="semi"))
    whole = expected(market).join(early, on="tender_id", how="semi")
    assert whole["near"].null_count() == ENOUGH
    assert_frame_equal(expected(part), whole)


def test_dates_without_times_and_late_uploads_are_left_out() -> None:
    market = arrivals(7, 3, 3)
    at = pl.col("submitted_at")
    odd = (
        pl.when(pl.col("bid_id") == "B0").then(at.dt.truncate("1d"))
        .when(pl.col("bid_id") == "B4").then(at + timedelta(days=40)).otherwise(at)
    )  # fmt: skip
    rows = expected(market_of(tenders=market.tenders, bids=market.bids.with_columns(odd)))
    assert sorted(rows["bid_id"]) == ["B1", "B2", "B3", "B5", "B6", "B7", "B8"]
