from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scipy.stats import binom

from features.build import Build
from records.tables import Market

START = datetime(2024, 5, 19, 8, 31, tzinfo=UTC)
Rows = list[dict[str, Any]]


def rows(market: Market) -> Rows:
    return Build(market).table("pair_upload_order").collect().sort("bidder_a", "bidder_b").to_dicts()


def uploads(entry: Callable[..., Any], orders: str) -> list[Any]:
    """One tender of two bidders per letter: which of them was first."""
    return [
        entry(t, f, 10.0 + f, at=START + timedelta(days=t, minutes=3 * (f != "ab".index(first))))
        for t, first in enumerate(orders)
        for f in range(2)
    ]


def test_one_order_again_and_again_is_a_binomial_tail(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    (row,) = rows(as_market(uploads(entry, "aaabaaaaaa")))
    assert (row["n_upload_orders"], row["a_uploaded_first"], row["upload_first_expected"]) == (10, 9, 0.5)
    assert row["upload_order_p"] == pytest.approx(2 * binom.sf(8, 10, 0.5))
    assert row["upload_order_q"] == row["upload_order_p"]


@pytest.mark.parametrize("at", [None, START.replace(minute=0), START.replace(hour=0, minute=0)])
def test_times_without_minutes_are_not_compared(
    at: datetime | None, as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = [entry(t, f, 10.0 + f, at=at) for t in range(3) for f in range(2)]
    (row,) = rows(as_market(entries))
    assert row["n_upload_orders"] == 0
    assert row["upload_order_p"] is None


def test_equal_times_have_no_order(as_market: Callable[..., Market], entry: Callable[..., Any]) -> None:
    (row,) = rows(as_market([entry(t, f, 10.0 + f, at=START) for t in range(3) for f in range(2)]))
    assert row["n_upload_orders"] == 0


def test_an_early_bird_is_no_partner_of_all(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    early = [
        entry(
            e.tender,
            e.bidder,
            e.price,
            at=e.at - timedelta(days=5 * (e.bidder == 0)) + timedelta(minutes=e.bidder),
        )
        for e in compete(1)
    ]
    of_early = [row for row in rows(as_market(early)) if row["bidder_a"] == "F000"]
    assert min(row["upload_first_expected"] for row in of_early) > 0.9
    assert min(row["upload_order_p"] for row in of_early) > 0.3


def test_a_pair_that_keeps_its_order_stands_out(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = compete(2)
    at = {e.tender: e.at for e in entries if e.bidder == 0}
    entries = [
        entry(e.tender, e.bidder, e.price, at=at[e.tender] + timedelta(minutes=4))
        if e.bidder == 1 and e.tender in at
        else e
        for e in entries
    ]
    found = min(rows(as_market(entries)), key=lambda row: row["upload_order_p"])
    assert (found["bidder_a"], found["bidder_b"]) == ("F000", "F001")
    assert found["upload_order_q"] < 0.01
