"""Folders of what is derived from a store's records, in segments: one for what each import changed.

Such a folder can be thrown away at any time. What imports brought lies beside the older rows in a segment of
its own.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar
from uuid import uuid4

import msgspec
import polars as pl

from records.source import Busy
from records.store import Store
from records.workspace import locked

FORMAT = 5
ROW_GROUP = 5_000
PORTION = 3_000_000
"""Rows that are sorted at once."""

SEGMENTS = 24
"""Imports that lie beside the first segment before all is made anew."""


Changes = TypeVar("Changes")

KEY = "_key"
"""Column with the hash by which rows are sorted."""

HELD = 20_000
"""Rows of each file that wait in memory where rows are dealt to many files at once."""

_PORTION = "_portion"


class Segment(msgspec.Struct, frozen=True):
    """What one or more imports brought: the name of its folder, which no other ever had, and the batches."""

    name: str
    batches: tuple[str, ...]


class Contents(msgspec.Struct, frozen=True):
    """The segments, oldest first."""

    format: int
    segments: tuple[Segment, ...]

    def up_to(self, batches: Sequence[str]) -> "Contents | None":
        """The oldest segments, as far as they are just these imports; None where none are."""
        for n in range(1, len(self.segments) + 1):
            first = Contents(FORMAT, self.segments[:n])
            if first._batches() == list(batches):
                return first
        return None

    def beyond(self, batches: Sequence[str]) -> bool:
        """Whether these imports are there, and later ones."""
        there = self._batches()
        return len(there) > len(batches) and there[: len(batches)] == list(batches)

    def since(self, batches: Sequence[str]) -> tuple["Contents", list[str]]:
        """What can stay, and the imports that are missing: all, where the records are others or too many."""
        there = self._batches()
        if not there or there != list(batches[: len(there)]) or len(self.segments) > SEGMENTS:
            return Contents(FORMAT, ()), list(batches)
        return self, list(batches[len(there) :])

    def _batches(self) -> list[str]:
        return [b for s in self.segments for b in s.batches]


class Segmented(ABC, Generic[Changes]):
    """A folder of segments about a store as it stands; `Changes` say what one is made of."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store.as_it_stands(), folder
        self._contents = _read(folder)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is there, oldest first."""
        return self._contents.segments

    def bring_up(self) -> None:
        """Make what is missing: all of it, or a segment for the imports since.

        Raises:
            Busy: another process does, or did with imports that this store does not show.

        """
        batches = self.store.batches().sort("version")["batch_id"].to_list()
        if self._there(batches):
            return
        self.folder.mkdir(exist_ok=True)
        with locked(self.folder / "lock"):
            self._contents = _read(self.folder)
            if not self._there(batches):
                self._bring_up(batches)

    def _there(self, batches: list[str]) -> bool:
        there = self._contents.up_to(batches)
        self._contents = there or self._contents
        return there is not None

    def _bring_up(self, batches: list[str]) -> None:
        if self._contents.beyond(batches):
            raise Busy("Records were imported meanwhile", str(self.folder), "Try again.")
        self._contents, new = self._contents.since(batches)
        changes = self._changes(new) if self.segments else None
        if changes is None:
            self._contents, new = Contents(FORMAT, ()), batches
        segment = Segment(uuid4().hex, tuple(new))
        target = self.folder / segment.name
        target.mkdir()
        self._make(target, changes)
        self._contents = Contents(FORMAT, (*self.segments, segment))
        _write(self.folder, self._contents)

    @abstractmethod
    def _changes(self, batches: list[str]) -> Changes | None:
        """What a segment for these imports is made of; None for too much."""

    @abstractmethod
    def _make(self, target: Path, changes: Changes | None) -> None:
        """Write a segment of what `_changes` gave, or of everything for None."""


def write_sorted(rows: pl.LazyFrame, column: str, n: int, target: Path, name: str) -> None:
    """Write `n` rows sorted by the hash of a column of text; many are first dealt to portions in one pass."""
    key = pl.col(column).hash().alias(KEY)
    marked = rows.filter(pl.col(column).is_not_null()).with_columns(key)
    if n < PORTION:
        _sort(marked, target / f"{name}.000.parquet")
        return
    portion = (pl.col(KEY) // pl.lit(_width(n), pl.UInt64)).cast(pl.Int32).alias(_PORTION)
    with TemporaryDirectory(dir=target, prefix=".") as folder:
        write_by(_PORTION, marked.with_columns(portion), Path(folder))
        for file in Path(folder).iterdir():
            _sort(pl.scan_parquet(file), target / f"{name}.{int(file.stem):03}.parquet")


def _sort(rows: pl.LazyFrame, file: Path) -> None:
    rows.sort(KEY).sink_parquet(file, row_group_size=ROW_GROUP, compression="zstd")


def write_by(column: str, rows: pl.LazyFrame, folder: Path) -> None:
    """Write the rows of each value of a column, without it, to a file of that name in `folder`."""
    by_value: Any = pl.PartitionBy(
        folder,
        key=column,
        include_key=False,
        approximate_bytes_per_file=None,
        file_path_provider=lambda made: f"{made.partition_keys[column].item()}.parquet",
    )
    rows.sink_parquet(by_value, compression="lz4", row_group_size=HELD, statistics=False)


def portions(n: int) -> list[pl.Expr]:
    """Which of `n` rows that `write_sorted` wrote to take at once, so that they fit in memory."""
    edges = range(0, 2**64, _width(n))
    lowers = [pl.col(KEY) >= pl.lit(edge, pl.UInt64) for edge in edges]
    uppers = [pl.col(KEY) < pl.lit(edge, pl.UInt64) for edge in edges[1:]]
    return [lower & upper for lower, upper in zip(lowers, [*uppers, pl.lit(True)], strict=True)]


def _width(n: int) -> int:
    """How many hashes one portion of `n` rows spans."""
    return -(-(2**64) // (n // PORTION + 1))


def found_in(rows: pl.LazyFrame, column: str, values: Iterable[str]) -> pl.LazyFrame:
    """Those of the rows that `write_sorted` wrote whose column is one of the values."""
    wanted = pl.Series(column, sorted(set(values)), pl.String)
    key = pl.col(KEY).is_in(wanted.hash().to_list()) & pl.col(column).is_in(wanted.to_list())
    return rows.filter(key).drop(KEY)


@cache
def scans_of(folder: Path) -> dict[str, pl.LazyFrame]:
    """What a segment holds by what stands before the number of its files: table and column.

    A scan that is used again does not read anew what the files say of themselves.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.parquet")):
        found.setdefault(path.name.rsplit(".", 2)[0], []).append(path)
    return {name: pl.scan_parquet(files, glob=False) for name, files in found.items()}


def _read(folder: Path) -> Contents:
    """What a folder of segments holds; nothing where it was made in another form."""
    try:
        contents = msgspec.json.decode((folder / "contents.json").read_bytes(), type=Contents)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Contents(FORMAT, ())
    return contents if contents.format == FORMAT else Contents(FORMAT, ())


def _write(folder: Path, contents: Contents) -> None:
    """Make segments current in one step, and remove those that are no longer named."""
    draft = folder / "contents.draft"
    draft.write_bytes(msgspec.json.encode(contents))
    draft.replace(folder / "contents.json")
    scans_of.cache_clear()
    named = {s.name for s in contents.segments}
    for old in folder.iterdir():
        if old.is_dir() and old.name not in named:
            shutil.rmtree(old)
