"""The lists behind exclusions: shared networks, centre devices, platform accounts, placeholders.

An entry explains a shared value away, so it has an owner who answers for it, a reason, and an end. It counts
for tenders whose deadline lies within its period.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time

import polars as pl

from records.kinds import KINDS
from records.privacy import load_key, pseudonymise
from records.report import ImportReport
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store
from records.tables import Listing

COLUMNS = ("listing", "kind", "display", "owner", "reason", "valid_from", "valid_to")


@dataclass(frozen=True)
class Entry:
    """One value on one list. The same list, kind and value again replaces the entry.

    Raises:
        BadInput: the list or kind is unknown, a text is empty, or the period ends before it begins.

    """

    listing: str
    kind: str
    value: str
    owner: str
    reason: str
    valid_from: date
    valid_to: date

    def __post_init__(self) -> None:
        where = f"entry of list {self.listing!r}"
        if self.listing not in set(Listing):
            raise BadInput(f"There is no list {self.listing!r}", where, f"Choose one of {sorted(Listing)}.")
        if self.kind not in KINDS:
            raise BadInput(f"There is no kind {self.kind!r}", where, f"Choose one of {sorted(KINDS)}.")
        for name in ("value", "owner", "reason"):
            if not getattr(self, name).strip():
                raise BadInput(f"The entry has no {name}", where, "Every entry needs one.")
        if self.valid_to <= self.valid_from:
            raise BadInput(
                f"The entry ends on {self.valid_to}, before it begins on {self.valid_from}", where,
                "Give the first day on which it no longer holds.",
            )  # fmt: skip


def add(store: Store, entry: Entry) -> ImportReport:
    """Put an entry on its list, or replace it; to end one early, add it again with an earlier end."""
    told = asdict(entry)
    row = {
        **told,
        "valid_from": datetime.combine(entry.valid_from, time(), UTC),
        "valid_to": datetime.combine(entry.valid_to, time(), UTC),
        "source_table": "lists",
        "source_record": entry.listing,
    }
    raw = Raw({"known_values": pl.DataFrame([row])}, pl.DataFrame(schema=UNREADABLE))
    return store.take("lists", [raw], recorded=datetime.now(UTC).isoformat(), **told)


def stands_behind(store: Store, kind: str, value: str, value_hash: str) -> bool:
    """Whether a keyed hash on record is that of a value; so a masked value can be listed by who knows it."""
    told = pl.DataFrame({"kind": [kind], "value": [value]})
    return bool(pseudonymise(told, load_key(store.path / "key"))["value_hash"].item() == value_hash)


def entries(store: Store) -> pl.DataFrame:
    """All entries, those that end first on top: see `COLUMNS`; values are masked where personal."""
    return (
        store.market().known_values.select(COLUMNS)
        .with_columns(pl.col("listing").cast(pl.String))
        .sort("valid_to", "listing", "kind", "display", nulls_last=True).collect()
    )  # fmt: skip
