from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.build import Build
from records.lists import Entry, add, entries, stands_behind
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store

ENTRY = Entry(
    "shared_network", "upload_ip", "1.2.3.4", "centre", "campus exit", date(2024, 1, 1), date(2025, 1, 1)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open_or_create(tmp_path)
    tenders = pl.DataFrame(
        {
            "tender_id": ["in", "after"],
            "deadline_at": [datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)],
        }
    )
    bids = [
        {"bid_id": t + f, "tender_id": t, "bidder_id": f, "amount": 100}
        for t in ("in", "after")
        for f in "AB"
    ]
    held = [
        {"tender_id": t, "bidder_id": f, "kind": "upload_ip", "value": "1.2.3.4"}
        for t in ("in", "after")
        for f in "AB"
    ]
    frames = {"tenders": tenders, "bids": pl.DataFrame(bids), "identifiers": pl.DataFrame(held)}
    told = {
        name: f.with_row_index("source_record").with_columns(
            pl.col("source_record").cast(pl.String), source_table=pl.lit(name)
        )
        for name, f in frames.items()
    }
    store.take("test", [Raw(told, pl.DataFrame(schema=UNREADABLE))])
    return store


def listings(store: Store) -> dict[str, str | None]:
    shared = Build(store.market()).table("shared_values").filter(pl.col("kind") == "upload_ip")
    return dict(shared.select("tender_id", "listing").collect().iter_rows())


def test_an_entry_counts_for_deadlines_within_its_period(store: Store) -> None:
    assert listings(store) == {"in": None, "after": None}
    assert add(store, ENTRY).adds_up()
    assert listings(store) == {"in": "shared_network", "after": None}


def test_the_same_value_again_replaces_the_entry(store: Store) -> None:
    add(store, ENTRY)
    add(store, replace(ENTRY, valid_to=date(2024, 3, 1), reason="moved"))
    add(store, ENTRY)
    add(store, replace(ENTRY, valid_to=date(2024, 3, 1), reason="moved"))
    assert entries(store)["reason"].to_list() == ["moved"]
    assert listings(store)["in"] is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"listing": "friends"}, "no list 'friends'"),
        ({"kind": "ip"}, "no kind 'ip'"),
        ({"owner": " "}, "no owner"),
        ({"reason": ""}, "no reason"),
        ({"valid_to": date(2024, 1, 1)}, "before it begins"),
    ],
)
def test_an_entry_without_owner_reason_or_end_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        replace(ENTRY, **change)


def test_a_value_is_known_by_its_hash_however_it_is_spelt(store: Store) -> None:
    add(store, replace(ENTRY, kind="phone", value="138-0000 1234", listing="sentinel"))
    kept = store.market().known_values.select("value_hash").collect().item()
    assert stands_behind(store, "phone", "13800001234", kept)
    assert not stands_behind(store, "phone", "13800001235", kept)
    assert not stands_behind(store, "phone", "", kept)


def test_a_placeholder_is_set_aside(store: Store) -> None:
    report = add(store, replace(ENTRY, value="无"))
    assert report.tables["known_values"].quarantined == 1
