from typing import Any

import polars as pl

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def rounds(before: dict[str, str | None], entries: dict[str, str], winner: str = "W") -> dict[str, Any]:
    tenders = pl.DataFrame({"tender_id": list(before), "retender_of": list(before.values())})
    bids = pl.DataFrame(
        [
            {"bid_id": f"{t}{b}", "tender_id": t, "bidder_id": b, "won": t == "T3" and b == winner}
            for t, names in entries.items()
            for b in names
        ]
    )
    tables = {"tenders": tenders, "bids": bids}
    market = market_of(**{n: f.with_columns(batch_id=pl.lit("x")) for n, f in tables.items()})
    frame = Build(market).grain(Grain.TENDER).filter(pl.col("tender_id") == "T3").collect()
    return frame.select("earlier_rounds", "winner_in_every_round", "most_earlier_bids").row(0, named=True)


CHAIN: dict[str, str | None] = {"T1": None, "T2": "T1", "T3": "T2"}


def test_a_winner_who_was_there_every_time() -> None:
    assert rounds(CHAIN, {"T1": "W", "T2": "WX", "T3": "WXY"}) == {
        "earlier_rounds": 2, "winner_in_every_round": True, "most_earlier_bids": 2,
    }  # fmt: skip


def test_a_winner_who_came_late() -> None:
    assert rounds(CHAIN, {"T1": "X", "T2": "WX", "T3": "WXY"})["winner_in_every_round"] is False


def test_bids_of_a_round_may_be_unknown() -> None:
    found = rounds(CHAIN, {"T2": "WX", "T3": "WXY"})
    assert found["winner_in_every_round"] is None
    assert found["most_earlier_bids"] is None


def test_a_chain_that_comes_back_to_itself_ends() -> None:
    assert rounds({"T1": "T3", "T3": "T1"}, {"T1": "W", "T3": "W"})["earlier_rounds"] == 1


def test_a_first_call_has_no_rounds() -> None:
    assert rounds({"T3": None}, {"T3": "W"})["earlier_rounds"] is None
