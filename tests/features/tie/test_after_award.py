from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

AWARDED = datetime(2024, 6, 1, tzinfo=UTC)


def ties(**tables: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    bids = [{"bid_id": b, "bidder_id": b, "tender_id": "T"} for b in ("L1", "L2", "L3", "W")]
    award = {"award_id": "a", "bidder_id": "W", "tender_id": "T", "amount": 200, "awarded_at": AWARDED}
    rows: dict[str, list[Any]] = {"tenders": [{"tender_id": "T"}], "bids": bids, "awards": [award], **tables}
    frames = {
        name: pl.DataFrame([{"batch_id": "x"} | row for row in given], infer_schema_length=None)
        for name, given in rows.items()
    }
    frame = Build(market_of(**frames)).grain(Grain.TIE).collect()
    keys = frame.select("tender_id", "bidder_a", "bidder_b").rows()
    return dict(zip(keys, frame.rows(named=True), strict=True))


def payment(to: str, days: int = 10, amount: int | None = 10, **more: Any) -> dict[str, Any]:
    moment = AWARDED + timedelta(days=days)
    name = f"{to}{days}{amount}"
    return {"payment_id": name, "from_id": "W", "to_id": to, "amount": amount, "paid_at": moment} | more


def test_equal_payments_to_losers() -> None:
    found = ties(payments=[payment("L1", memo="项目协作费"), payment("L2", 30), payment("L3", 30, 7)])
    first = found["T", "L1", "W"]
    assert (first["n_payments_to_loser"], first["payment_share"]) == (1, 0.05)
    assert (first["payment_names_service"], first["equally_paid_losers"]) == (True, 2)
    assert found["T", "L2", "W"]["payment_names_service"] is None
    assert found["T", "L3", "W"]["equally_paid_losers"] == 1


@pytest.mark.parametrize(
    "paid",
    [
        payment("L1", -1),
        payment("L1", 181),
        payment("L1") | {"paid_at": None},
        payment("other"),
        payment("L1") | {"from_id": "L2"},
        payment("L1", tender_id="another"),
    ],
)
def test_other_payments_tie_nobody(paid: dict[str, Any]) -> None:
    assert not ties(payments=[paid])


def test_members_of_the_winning_bid_are_no_losers() -> None:
    members = [{"bid_id": "W", "bidder_id": b, "tender_id": "T"} for b in ("W", "L1")]
    assert not ties(payments=[payment("L1")], consortium_members=members)


def test_subcontracts_to_losers() -> None:
    def work(name: str, to: str, amount: int | None) -> dict[str, Any]:
        return {"subcontract_id": name, "tender_id": "T", "from_id": "W", "to_id": to, "amount": amount}

    found = ties(subcontracts=[work("a", "L1", 30), work("b", "L1", 10), work("c", "L2", None)])
    first, second = found["T", "L1", "W"], found["T", "L2", "W"]
    assert (first["n_subcontracts_to_loser"], first["subcontract_share"]) == (2, 0.2)
    assert (second["n_subcontracts_to_loser"], second["subcontract_share"]) == (1, None)


def replaced(tender: str, first: str, second: str, days: int, amount: int = 110) -> list[dict[str, Any]]:
    moment = AWARDED + timedelta(days=days)
    old = {"award_id": f"{tender}1", "tender_id": tender, "bidder_id": first, "amount": 100}
    new = {"award_id": f"{tender}2", "tender_id": tender, "bidder_id": second, "amount": amount}
    return [old | {"awarded_at": moment - timedelta(days=5)},
            new | {"awarded_at": moment, "changed_from": f"{tender}1"}]  # fmt: skip


def test_the_same_two_giving_way_again() -> None:
    awards = [
        *replaced("T", "W", "L1", 0),
        *replaced("U", "L1", "W", -100),
        *replaced("V", "W", "L1", -800),
        *replaced("X", "W", "L1", 50),
    ]
    found = ties(awards=awards)
    row = found["T", "L1", "W"]
    assert (row["gave_way"], row["gave_way_before"]) == (True, 1)
    assert row["gave_way_increase"] == pytest.approx(0.1)
    assert found["X", "L1", "W"]["gave_way_before"] == 2
