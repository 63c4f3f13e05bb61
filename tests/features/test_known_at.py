from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import CATALOGUE, KEYS, Grain
from records.moment import known_at
from records.tables import Market, market_of

LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-12, "abs_tol": 1e-12}
"""A grouped sum in Polars adds in no fixed order."""


def with_openings_and_phones(market: Market, seed: int) -> Market:
    rng = np.random.default_rng(seed)
    tenders = market.tenders.collect()
    deadlines: list[datetime | None] = tenders["deadline_at"].to_list()
    opened = [
        d + timedelta(days=int(rng.integers(0, 60))) if d and rng.random() < 0.8 else None for d in deadlines
    ]
    published = [d - timedelta(days=20) if d else None for d in deadlines]
    dates = {"opened_at": opened, "published_at": published}
    first = min(d for d in deadlines if d)
    phones = [
        {
            "bidder_id": f"F{rng.integers(6)}",
            "tender_id": str(rng.choice(tenders["tender_id"])) if rng.random() < 0.6 else None,
            "kind": str(rng.choice(["phone", "upload_mac", "agent"])),
            "value_hash": f"{rng.integers(3):032}",
            "valid_from": first + timedelta(days=int(rng.integers(0, 1500))) if rng.random() < 0.7 else None,
            "batch_id": "x",
        }
        for _ in range(400)
    ]
    tables = market.to_dict()
    tables["tenders"] = tenders.with_columns(
        pl.Series(name, values, dtype=pl.Datetime("us", "UTC")) for name, values in dates.items()
    ).lazy()
    tables["identifiers"] = pl.DataFrame(phones, infer_schema_length=None).lazy()
    return market_of(**tables)


def rows(market: Market, grain: Grain, of: pl.DataFrame) -> pl.DataFrame:
    costly = CATALOGUE.on_demand(grain)
    snapshots = {name for node in costly.values() if node.snapshot for name in node.columns}
    whole = Build(market).grain(grain, also=[name for name, node in costly.items() if not node.snapshot])
    frame = whole.join(of.lazy().select("tender_id"), on="tender_id", how="semi")
    columns = [name for name in CATALOGUE.columns(grain) if name not in snapshots]
    return frame.select(*KEYS[grain], *columns).sort(KEYS[grain]).collect()


@pytest.mark.parametrize("grain", [Grain.TENDER, Grain.BID, Grain.TIE])
@pytest.mark.parametrize("seed", range(2))
def test_a_tender_whose_bids_were_known_has_the_row_of_the_whole_market(
    grain: Grain, seed: int, make_market: Callable[..., Market]
) -> None:
    market = with_openings_and_phones(make_market(seed), seed)
    deadlines = market.tenders.collect()["deadline_at"].drop_nulls().sort()
    moment = deadlines[len(deadlines) // 2]
    opened = Build(market).table("tender_codes").filter(pl.col("known_at") < moment).collect()
    dated = opened.filter(pl.col("deadline_at").is_not_null())
    assert dated.height > 5
    cut, whole = rows(known_at(market, moment), grain, dated), rows(market, grain, dated)
    # A bid's values count among the holders from its deadline, a cut learns of them at the opening.
    holders = pl.selectors.starts_with("holders_")
    assert_frame_equal(cut.drop(holders), whole.drop(holders), **LAST_DIGIT)
    for name in cut.select(holders).columns:
        assert (whole[name] >= cut[name]).all()
