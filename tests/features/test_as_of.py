from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import AS_OF, CATALOGUE, KEYS, Grain
from features.tie import upload_intensity
from records.tables import Market, market_of

SNAPSHOTS = {"propagated_screens_market"}
SPOKEN = {
    "upload_run_p", "near_tenders", "benchmark", "bid_cv_near2", "changes_nearest", "upload_gap_p",
    "shared_ending_p", "winner_to_losers_gap",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _speaks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_intensity, "ENOUGH", 30)


def complete(market: Market) -> Market:
    """Add award mechanisms and upload times, so that no block is silent for want of them."""
    tenders, bids = market.tenders.collect().sort("tender_id"), market.bids.collect().sort("bid_id")
    rng = np.random.default_rng(tenders.height)
    before = pl.duration(seconds=pl.lit(pl.Series(rng.exponential(1800, bids.height).astype(np.int64))))
    mechanism = pl.Series("mechanism", rng.choice(["lowest", "mean_benchmark"], tenders.height))
    uploaded = (
        bids.join(tenders.select("tender_id", "deadline_at"), on="tender_id", maintain_order="left")
        .with_columns(submitted_at=pl.col("deadline_at") - before)
        .drop("deadline_at")
    )
    return market_of(tenders=tenders.with_columns(mechanism), bids=uploaded)


def part(market: Market, tenders: pl.DataFrame) -> Market:
    ids = tenders.lazy().select("tender_id")
    bids = market.bids.join(ids, on="tender_id", how="semi")
    return market_of(tenders=tenders, bids=bids)


def rows(market: Market, grain: Grain, of: pl.DataFrame) -> pl.DataFrame:
    costly = CATALOGUE.on_demand(grain)
    whole = Build(market).grain(grain, also=[name for name, node in costly.items() if not node.snapshot])
    frame = whole.join(of.lazy().select("tender_id"), on="tender_id", how="semi")
    exempt = {column for node in costly.values() if node.snapshot for column in node.columns}
    columns = [*KEYS[grain], *(name for name in CATALOGUE.columns(grain) if name not in exempt)]
    return frame.select(columns).sort(KEYS[grain]).collect()


LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-12, "abs_tol": 1e-12}
"""A grouped sum in Polars adds in no fixed order."""

BEGAN = pl.coalesce("deadline_at", "closed_at")


def until(market: Market, moment: datetime) -> pl.DataFrame:
    return market.tenders.filter(moment >= BEGAN).collect()


def test_no_block_of_prices_or_uploads_is_silent(make_market: Callable[..., Market]) -> None:
    market = complete(make_market(0))
    for grain in AS_OF:
        made = rows(market, grain, market.tenders.collect())
        for name in SPOKEN & set(made.columns):
            assert made[name].count() > 0, name


def test_only_these_snapshots_are_exempt() -> None:
    found = {name for grain in AS_OF for name, node in CATALOGUE.on_demand(grain).items() if node.snapshot}
    assert found == SNAPSHOTS


@pytest.mark.parametrize("grain", AS_OF)
@pytest.mark.parametrize("seed", range(2))
def test_later_tenders_change_no_earlier_row(
    grain: Grain, seed: int, make_market: Callable[..., Market]
) -> None:
    market = complete(make_market(seed))
    deadlines = market.tenders.collect()["deadline_at"].drop_nulls().sort()
    early = until(market, deadlines[len(deadlines) // 2])
    assert_frame_equal(rows(part(market, early), grain, early), rows(market, grain, early), **LAST_DIGIT)


@pytest.mark.parametrize("grain", AS_OF)
def test_a_tender_scored_alone_gets_the_row_of_the_whole_build(
    grain: Grain, make_market: Callable[..., Market]
) -> None:
    market = complete(make_market(3))
    tenders = market.tenders.collect()
    for tender in tenders.drop_nulls("deadline_at").sort("deadline_at")[-12::3].iter_slices(1):
        moment = tender["deadline_at"].item()
        earlier = tenders.filter(moment > BEGAN)
        hidden = (pl.col("closed_at") >= moment).fill_null(False)
        unknown = earlier.with_columns(pl.when(~hidden).then("closed_at").alias("closed_at"))
        known = part(market, pl.concat([unknown, tender.with_columns(closed_at=None).cast(tender.schema)]))
        alone, whole = rows(known, grain, tender), rows(market, grain, tender)
        assert_frame_equal(alone, whole, **LAST_DIGIT)
