from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of

START = datetime(2024, 1, 1, tzinfo=UTC)


def market(calls: int, took: dict[str, str], last_bidders: str = "D") -> Market:
    """A and B bid in every earlier call of one buyer, C in every second; then one more is called."""
    tenders = [
        {"tender_id": f"T{t}", "buyer_id": "X", "category": "C", "deadline_at": START + timedelta(days=t),
         "batch_id": "b"}
        for t in range(calls + 1)
    ]  # fmt: skip
    entered = [(t, f) for t in range(calls) for f in ("ABC" if t % 2 else "AB")]
    entered += [(calls, f) for f in last_bidders]
    bids = [
        {"bid_id": f"{t}{f}", "tender_id": f"T{t}", "bidder_id": f, "amount": 100, "batch_id": "b"}
        for t, f in entered
    ]
    held = [
        {"tender_id": f"T{calls}", "bidder_id": f, "kind": kind, "value_hash": f.rjust(32, "0"),
         "batch_id": "b"}
        for f, kind in took.items()
    ]  # fmt: skip
    tables = {"identifiers": pl.DataFrame(held)} if held else {}
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids), **tables)


BOUGHT = {"A": "purchase_account", "B": "download_ip", "C": "purchase_account", "D": "purchase_account"}


@pytest.mark.parametrize(
    ("calls", "took", "last", "expected"),
    [
        (6, BOUGHT, "D", (2, 2)),
        (6, BOUGHT, "AD", (2, 1)),
        (6, {"A": "upload_ip", "C": "purchase_account"}, "D", (0, 0)),
        (6, {}, "D", (None, None)),
        (4, BOUGHT, "D", (None, None)),
    ],
)
def test_regulars_that_took_the_documents_and_stayed_away(
    calls: int, took: dict[str, str], last: str, expected: tuple[int | None, int | None]
) -> None:
    made = Build(market(calls, took, last)).grain(Grain.TENDER).filter(tender_id=f"T{calls}").collect()
    assert made.select("expected_takers", "absent_regulars").row(0) == expected
    assert made["earlier_calls"].item() == calls
