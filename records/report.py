"""What an import did, in numbers that add up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from records.admit import Counts
from records.merge import Change


@dataclass(frozen=True)
class TableReport:
    """One table: read = kept + quarantined, kept = inserted + updated + unchanged + repeated.

    `repaired` is a part of kept. `reasons` and `repairs` count rows per code; a row may have several.
    """

    read: int = 0
    kept: int = 0
    repaired: int = 0
    quarantined: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Counts, change: Change) -> "TableReport":
        """Put admission and merge of one table together."""
        return cls(
            counts.read,
            counts.kept,
            counts.repaired,
            counts.quarantined,
            change.inserted,
            change.updated,
            change.unchanged,
            change.repeated,
            counts.reasons,
            counts.repairs,
        )

    def adds_up(self) -> bool:
        """Whether no row was lost or counted twice."""
        landed = self.inserted + self.updated + self.unchanged + self.repeated
        return (
            self.read == self.kept + self.quarantined and self.kept == landed and self.repaired <= self.kept
        )


@dataclass(frozen=True)
class Finding:
    """Something odd in the data that nobody mended: which record, and what."""

    table: str
    record: str
    what: str


@dataclass(frozen=True)
class ImportReport:
    """One import. `unreadable` counts records that are no row of any table, with their reasons.

    `mended_by_reader` counts what the reader changed or left out before it gave rows. `unit_slips`,
    `mixed_scales` (tenders whose bids are ten times apart and more) and `look_alikes` count findings among
    the records that this import touched, with some of them in `examples`; `orphans` counts rows of the whole
    store that name a record which is not there, e.g.
    `bids: tender_id not in tenders`. Where `already_imported`, nothing was done.
    """

    batch_id: str
    source: str
    path: str
    sha256: str
    version: int
    already_imported: bool = False
    tables: Mapping[str, TableReport] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    mended_by_reader: Mapping[str, int] = field(default_factory=dict)
    unit_slips: int = 0
    mixed_scales: int = 0
    look_alikes: int = 0
    examples: tuple[Finding, ...] = ()
    orphans: Mapping[str, int] = field(default_factory=dict)

    def adds_up(self) -> bool:
        """Whether the counts of every table add up."""
        return all(t.adds_up() for t in self.tables.values())

    @property
    def changed(self) -> bool:
        """Whether any record was added or altered."""
        return any(t.inserted + t.updated for t in self.tables.values())

    def counts(self) -> dict[str, Any]:
        """What a log keeps of it: which batch, which version it made, and its rows in all tables."""
        told = ("read", "kept", "quarantined", "inserted", "updated")
        rows = {name: sum(getattr(t, name) for t in self.tables.values()) for name in told}
        what = {"batch_id": self.batch_id, "records_version": self.version}
        return what | ({"already_imported": True} if self.already_imported else rows)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for `--json`."""
        return asdict(self) | {"adds_up": self.adds_up(), "changed": self.changed}
