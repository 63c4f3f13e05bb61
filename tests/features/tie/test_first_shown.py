from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.bid.entrants import entry_key
from features.tie.first_shown import holder_steps, showings, with_holders

DAYS = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 9)]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
UTC_TIME = pl.Datetime("us", "UTC")
FIRMS, TENDERS, VALUES = ["A", "B"], ["S", "T"], ["v", "w"]

day = st.sampled_from([*DAYS, None])
identifier = st.fixed_dictionaries(
    {
        "bidder_id": st.sampled_from(FIRMS),
        "kind": st.just("phone"),
        "value_hash": st.sampled_from(VALUES),
        "tender_id": st.sampled_from([*TENDERS, None]),
        "observed_at": day,
        "valid_from": day,
        "valid_to": day,
    }
)
times = st.fixed_dictionaries({tender: st.tuples(day, day) for tender in TENDERS})
entry = st.tuples(st.sampled_from(TENDERS), st.sampled_from(FIRMS))
entered = st.dictionaries(entry, st.booleans())
TEXTS, MOMENTS = ("bidder_id", "kind", "value_hash", "tender_id"), ("observed_at", "valid_from", "valid_to")
SCHEMA = pl.Schema([*((name, pl.String()) for name in TEXTS), *((name, UTC_TIME) for name in MOMENTS)])

Row = dict[str, Any]
Times = dict[str, tuple[datetime | None, datetime | None]]
Entered = dict[tuple[str, str], bool]


@given(st.lists(identifier, max_size=8), times, entered)
def test_showings_are_those_of_a_plain_reading(told: list[Row], times: Times, entered: Entered) -> None:
    rows = [(tender, firm, *times[tender], joint) for (tender, firm), joint in entered.items()]
    entries = pl.LazyFrame(
        rows,
        schema={
            "tender_id": pl.String, "bidder_id": pl.String, "deadline_at": UTC_TIME, "known_at": UTC_TIME,
            "joint": pl.Boolean,
        },
        orient="row",
    ).with_columns(entry_key())  # fmt: skip
    found = showings(pl.LazyFrame(told, schema=SCHEMA), entries).collect()
    made = {(firm, value): (shown, used) for firm, _, value, shown, used in found.rows()}
    assert made == _read(told, times, entered)
    assert found.height == len(made)


def _read(told: list[Row], times: Times, entered: Entered) -> dict[tuple[str, str], tuple[Any, Any]]:
    shown: dict[tuple[str, str], list[datetime]] = {}
    used: dict[tuple[str, str], list[datetime]] = {}
    for row in told:
        for (tender, firm), joint in entered.items():
            deadline, known = times[tender]
            if firm != row["bidder_id"] or row["tender_id"] not in (None, tender):
                continue
            since = row["valid_from"] or row["observed_at"] or BEGINNING
            until = row["valid_to"]
            of_firm = row["tender_id"] is None
            if of_firm and deadline and not (since <= deadline and (until is None or deadline < until)):
                continue
            key = (firm, row["value_hash"])
            shown.setdefault(key, []).append(row["observed_at"] or deadline or BEGINNING)
            if not of_firm and not joint and known:
                used.setdefault(key, []).append(max(known, row["observed_at"] or known))
    return {key: (min(moments), min(used.get(key, []), default=None)) for key, moments in shown.items()}


def test_holders_are_the_firms_that_had_shown_the_value_by_the_deadline() -> None:
    shown = pl.LazyFrame(
        {
            "value_hash": [*"vvvvw"], "bidder_id": [*"ABCDA"],
            "shown_at": [DAYS[0], DAYS[2], DAYS[2], DAYS[3], DAYS[1]],
        }
    )  # fmt: skip
    pairs = pl.LazyFrame(
        {"tender_id": ["S", "T", "U"], "value_hash": ["v", "v", "v"], "deadline_at": [DAYS[2], DAYS[0], None]}
    )
    steps = holder_steps(shown, ["value_hash"])
    counted = with_holders(pairs, steps, ["value_hash"]).sort("tender_id").collect()
    assert counted["holders"].to_list() == [3, 2, 4]


def test_a_value_of_a_firm_speaks_from_its_first_deadline_within_its_validity() -> None:
    told = {"bidder_id": "A", "kind": "phone", "value_hash": "v", "valid_from": DAYS[1], "valid_to": DAYS[5]}
    entries = pl.LazyFrame(
        {
            "tender_id": ["S", "T", "U"], "bidder_id": ["A"] * 3, "deadline_at": [DAYS[0], DAYS[4], DAYS[3]],
            "known_at": DAYS[:3], "joint": [False] * 3,
        },
        schema_overrides={"deadline_at": UTC_TIME, "known_at": UTC_TIME},
    ).with_columns(entry_key())  # fmt: skip
    found = showings(pl.LazyFrame([told], schema=SCHEMA), entries).collect()
    assert found.select("shown_at", "used_at").rows() == [(DAYS[3], None)]
    late = DAYS[3] + timedelta(hours=1)
    observed = showings(pl.LazyFrame([{**told, "observed_at": late}], schema=SCHEMA), entries).collect()
    assert observed["shown_at"].to_list() == [late]
