from datetime import UTC, datetime

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def test_losses_to_one_winner_are_counted_as_they_became_known() -> None:
    winners = ["W", "W", "V", "L", "W", "W"]
    bids = [
        {"bid_id": f"{t}{f}", "tender_id": f"T{t}", "bidder_id": f, "won": f == winner, "batch_id": "x"}
        for t, winner in enumerate(winners)
        for f in ("W", "V", "L")
    ]
    months = range(1, len(winners) + 1)
    tenders = pl.DataFrame(
        {
            "tender_id": [f"T{t}" for t in range(len(winners))],
            "deadline_at": [datetime(2020, m, 1, tzinfo=UTC) for m in months],
            "closed_at": [datetime(2020, m, 20, tzinfo=UTC) for m in months],
            "batch_id": "x",
        }
    )
    frame = Build(market_of(tenders=tenders, bids=pl.DataFrame(bids))).grain(Grain.BID)
    rows = frame.filter(pl.col("bidder_id") == "L").sort("tender_id").collect()
    assert rows["past_losses"].to_list() == [0, 1, 2, 3, 3, 4]
    assert rows["top_winner_share"].to_list() == pytest.approx([None, 1, 1, 2 / 3, 2 / 3, 3 / 4])
