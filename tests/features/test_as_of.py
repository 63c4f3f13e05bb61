from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import CATALOGUE, KEYS, Grain
from records.tables import Market, market_of

GRAINS = (Grain.TENDER, Grain.BID, Grain.TIE)


def part(market: Market, tenders: pl.DataFrame) -> Market:
    ids = tenders.lazy().select("tender_id")
    bids = market.bids.join(ids, on="tender_id", how="semi")
    return market_of(tenders=tenders, bids=bids)


def rows(market: Market, grain: Grain, of: pl.DataFrame) -> pl.DataFrame:
    whole = Build(market).grain(grain, also=CATALOGUE.on_demand(grain))
    frame = whole.join(of.lazy().select("tender_id"), on="tender_id", how="semi")
    columns = [*KEYS[grain], *CATALOGUE.columns(grain)]
    return frame.select(columns).sort(KEYS[grain]).collect()


LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-12, "abs_tol": 1e-12}
"""A grouped sum in Polars adds in no fixed order."""

BEGAN = pl.coalesce("deadline_at", "closed_at")


def until(market: Market, moment: datetime) -> pl.DataFrame:
    return market.tenders.filter(moment >= BEGAN).collect()


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("seed", range(2))
def test_later_tenders_change_no_earlier_row(
    grain: Grain, seed: int, make_market: Callable[..., Market]
) -> None:
    market = make_market(seed)
    deadlines = market.tenders.collect()["deadline_at"].drop_nulls().sort()
    early = until(market, deadlines[len(deadlines) // 2])
    assert_frame_equal(rows(part(market, early), grain, early), rows(market, grain, early), **LAST_DIGIT)


@pytest.mark.parametrize("grain", GRAINS)
def test_a_tender_scored_alone_gets_the_row_of_the_whole_build(
    grain: Grain, make_market: Callable[..., Market]
) -> None:
    market = make_market(3)
    tenders = market.tenders.collect()
    for tender in tenders.drop_nulls("deadline_at").sort("deadline_at")[-12::3].iter_slices(1):
        moment = tender["deadline_at"].item()
        earlier = tenders.filter(moment > BEGAN)
        hidden = (pl.col("closed_at") >= moment).fill_null(False)
        unknown = earlier.with_columns(pl.when(~hidden).then("closed_at").alias("closed_at"))
        known = part(market, pl.concat([unknown, tender.with_columns(closed_at=None).cast(tender.schema)]))
        alone, whole = rows(known, grain, tender), rows(market, grain, tender)
        assert_frame_equal(alone, whole, **LAST_DIGIT)
