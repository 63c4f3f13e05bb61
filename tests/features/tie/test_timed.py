from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

NOON = datetime(2024, 5, 19, 12, 0, 1, tzinfo=UTC)
Event = tuple[str, datetime | None, int | None]


def build(*events: Event, kind: str = "deposit_branch") -> Build:
    tenders = pl.DataFrame({"tender_id": ["T"], "deadline_at": [NOON + timedelta(days=1)], "batch_id": "b"})
    firms = sorted({firm for firm, _, _ in events})
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "amount": 1, "batch_id": "b"} for f in firms]
    held = [
        {
            "bidder_id": firm, "tender_id": "T", "kind": kind, "value_hash": "9" * 32,
            "observed_at": at, "sequence": number, "batch_id": "b",
        }
        for firm, at, number in events
    ]  # fmt: skip
    types: dict[str, pl.DataType] = {"observed_at": pl.Datetime("us", "UTC"), "sequence": pl.Int64()}
    market = market_of(
        tenders=tenders, bids=pl.DataFrame(bids), identifiers=pl.DataFrame(held, schema_overrides=types)
    )
    return Build(market)


def tie(*events: Event, kind: str = "deposit_branch", column: str = "minutes_apart_deposit_branch") -> object:
    return build(*events, kind=kind).grain(Grain.TIE).select(column).collect().item()


@pytest.mark.parametrize(
    ("later", "expected"), [(timedelta(minutes=15), 15.0), (timedelta(minutes=-3), 3.0), (timedelta(0), 0.0)]
)
def test_minutes_between_the_two_events(later: timedelta, expected: float) -> None:
    assert tie(("A", NOON, None), ("B", NOON + later, None)) == expected


def test_a_date_without_a_time_says_nothing() -> None:
    midnight = NOON.replace(hour=0, second=0)
    assert tie(("A", midnight, None), ("B", midnight, None)) is None


def test_distance_in_the_series() -> None:
    column = "numbers_apart_guarantee_insurer"
    assert tie(("A", None, 100), ("B", None, 97), kind="guarantee_insurer", column=column) == 3
    assert tie(("A", None, 100), ("B", None, None), kind="guarantee_insurer", column=column) is None


EVENTS: list[Event] = [
    ("A", NOON, 500),
    ("A", NOON + timedelta(hours=6), 100),
    ("B", NOON + timedelta(hours=6, minutes=5), 900),
    ("B", None, 502),
]


@pytest.mark.parametrize("events", list(permutations(EVENTS)))
def test_of_several_events_the_closest_two_count_in_any_order_of_the_rows(events: Sequence[Event]) -> None:
    assert tie(*events) == 5.0
    assert tie(*events, column="numbers_apart_deposit_branch") == 2
    row = build(*events).table("shared_values").collect().row(0, named=True)
    assert (row["observed_a"], row["observed_b"]) == (EVENTS[1][1], EVENTS[2][1])
