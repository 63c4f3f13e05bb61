"""Copies of the tables, sorted so that the rows of a few tenders or firms are found without reading all.

They are made from the records alone and can be thrown away at any time: a workspace without them, or one
whose records were imported since, gets what is missing when they are next asked for. What an import brought
lies beside the older rows in a segment of its own, and hides those that it corrected.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
import polars as pl

from records.store import Store
from records.tables import SCHEMAS, Market, conform
from records.workspace import INDEX, locked

FORMAT = 1
PORTION = 3_000_000
"""Rows that are sorted at once."""

ROW_GROUP = 20_000
SEGMENTS = 24
"""Imports that lie beside the first segment before all is sorted anew."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "tenders": ("tender_id", "buyer_id"),
    "bids": ("tender_id", "bidder_id"),
    "consortium_members": ("tender_id", "bidder_id"),
    "identifiers": ("bidder_id", "tender_id", "value_hash"),
    "awards": ("tender_id", "bidder_id"),
    "payments": ("tender_id", "from_id"),
    "bidders": ("bidder_id",),
    **dict.fromkeys(("documents", "amendments", "panels", "expert_scores"), ("tender_id",)),
    **dict.fromkeys(("contracts", "subcontracts"), ("tender_id",)),
}
"""By which columns each table is sorted; what no slice reads is not."""

_KEY = "_key"


class Segment(msgspec.Struct, frozen=True):
    """What one or more imports brought: the version of the records that it ends with, and its batches."""

    version: int
    batches: tuple[str, ...]


class Contents(msgspec.Struct, frozen=True):
    """The segments, oldest first."""

    format: int
    segments: tuple[Segment, ...]

    def up_to(self, batches: Sequence[str]) -> bool:
        """Whether these are all imports."""
        return bool(self.segments) and self._batches() == list(batches)

    def since(self, batches: Sequence[str]) -> tuple["Contents", list[str]]:
        """What can stay, and the imports that are missing: all, where the records are others or too many."""
        there = self._batches()
        if not there or there != list(batches[: len(there)]) or len(self.segments) > SEGMENTS:
            return Contents(FORMAT, ()), list(batches)
        return self, list(batches[len(there) :])

    def _batches(self) -> list[str]:
        return [b for s in self.segments for b in s.batches]


class Index:
    """Rows of a store's current version by the values of a column."""

    def __init__(self, store: Store) -> None:
        self._store, self.folder = store, store.path / INDEX
        self._contents = read_contents(self.folder)
        self._market = store.market()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is there, oldest first."""
        return self._contents.segments

    def bring_up(self) -> None:
        """Make what is missing: all of it, or a segment for the imports since.

        Raises:
            Busy: another process does.

        """
        batches = batches_of(self._store)
        if self._contents.up_to(batches):
            return
        self.folder.mkdir(exist_ok=True)
        with locked(self.folder / "lock"):
            self._contents, new = self._contents.since(batches)
            segment = Segment(self._store.version, tuple(new))
            with made(self.folder / str(segment.version)) as target:
                self._write(target, segment)
            self._contents = Contents(FORMAT, (*self._contents.segments, segment))
            write_contents(self.folder, self._contents)

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """The rows of `table` whose `column` is one of the values.

        Raises:
            ValueError: the table is not sorted by that column.

        """
        if column not in COLUMNS.get(table, ()):
            raise ValueError(f"{table} is not sorted by {column!r}; {COLUMNS.get(table)} are.")
        wanted = pl.Series(column, sorted(set(values)), pl.String)
        key = pl.col(_KEY).is_in(wanted.hash().to_list()) & pl.col(column).is_in(wanted.to_list())
        parts = []
        for place, segment in enumerate(self.segments):
            files = self._files(segment, table, column)
            if files:
                rows = pl.scan_parquet(files, glob=False).filter(key).drop(_KEY)
                parts.append(self._standing(conform(table, rows), table, place).collect())
        return pl.concat(parts) if parts else SCHEMAS[table].create_empty()

    def whole(self, table: str) -> pl.LazyFrame:
        """All rows of a table."""
        return self._market.to_dict()[table]

    def _standing(self, rows: pl.LazyFrame, table: str, place: int) -> pl.LazyFrame:
        """Rows that no later segment corrects."""
        keys = SCHEMAS[table].primary_key()
        for segment in self.segments[place + 1 :] if keys else ():
            files = self._files(segment, table, COLUMNS[table][0])
            if files:
                rows = rows.join(pl.scan_parquet(files, glob=False).select(keys), on=keys, how="anti")
        return rows

    def _files(self, segment: Segment, table: str, column: str) -> list[Path]:
        return _listed(self.folder / str(segment.version)).get(f"{table}.{column}", [])

    def _write(self, target: Path, segment: Segment) -> None:
        every = not self.segments
        for table, columns in COLUMNS.items():
            rows = self._market.to_dict()[table]
            if not every:
                rows = rows.filter(pl.col("batch_id").is_in(list(segment.batches)))
            n = rows.select(pl.len()).collect().item()
            for column in columns if n else ():
                _sorted(rows, column, n, target, table)


def changed(market: Market, table: str, batches: Iterable[str]) -> pl.LazyFrame:
    """The rows of a table that some imports brought or corrected."""
    return market.to_dict()[table].filter(pl.col("batch_id").is_in(list(batches)))


def batches_of(store: Store) -> list[str]:
    """The imports that made the current records, oldest first."""
    return store.history().sort("version")["batch_id"].drop_nulls().to_list()


def _sorted(rows: pl.LazyFrame, column: str, n: int, target: Path, table: str) -> None:
    """Write rows sorted by the hash of a column, a portion of all hashes at a time."""
    portions = n // PORTION + 1
    share = 2**64 // portions + 1
    marked = rows.filter(pl.col(column).is_not_null()).with_columns(pl.col(column).hash().alias(_KEY))
    for portion in range(portions):
        some = marked.filter(pl.col(_KEY) // pl.lit(share, pl.UInt64) == portion) if portions > 1 else marked
        some.sort(_KEY).sink_parquet(
            target / f"{table}.{column}.{portion:03}.parquet", row_group_size=ROW_GROUP, compression="zstd"
        )


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """A folder that is there once all of it is."""
    draft = folder.with_name(f".{folder.name}")
    for old in (draft, folder):
        shutil.rmtree(old, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    draft.rename(folder)


@cache
def _listed(folder: Path) -> dict[str, list[Path]]:
    """Files of a segment by table and column."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.parquet")):
        found.setdefault(path.name.rsplit(".", 2)[0], []).append(path)
    return found


def read_contents(folder: Path) -> Contents:
    """What a folder of segments holds; nothing where it was made in another form."""
    try:
        contents = msgspec.json.decode((folder / "contents.json").read_bytes(), type=Contents)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Contents(FORMAT, ())
    return contents if contents.format == FORMAT else Contents(FORMAT, ())


def write_contents(folder: Path, contents: Contents) -> None:
    """Make segments current in one step, and remove those that are no longer named."""
    draft = folder / "contents.draft"
    draft.write_bytes(msgspec.json.encode(contents))
    draft.replace(folder / "contents.json")
    _listed.cache_clear()
    named = {str(s.version) for s in contents.segments}
    for old in folder.iterdir():
        if old.is_dir() and old.name not in named:
            shutil.rmtree(old)
