"""Folders of what is derived from a store's records, in segments: one for what each import changed.

Such a folder can be thrown away at any time. What imports brought lies beside the older rows in a segment of
its own.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
import polars as pl

from records.store import Store
from records.workspace import locked

FORMAT = 2
ROW_GROUP = 5_000
SEGMENTS = 24
"""Imports that lie beside the first segment before all is made anew."""


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


class Segmented(ABC):
    """A folder of segments that follows a store's current version."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self.folder = store, folder
        self._contents = _read(folder)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is there, oldest first."""
        return self._contents.segments

    def bring_up(self) -> None:
        """Make what is missing: all of it, or a segment for the imports since.

        Raises:
            Busy: another process does.

        """
        batches = _batches_of(self._store)
        if self._contents.up_to(batches):
            return
        self.folder.mkdir(exist_ok=True)
        with locked(self.folder / "lock"):
            self._contents, new = self._contents.since(batches)
            changes = self._changes(new) if self.segments else None
            if changes is None:
                self._contents, new = Contents(FORMAT, ()), batches
            segment = Segment(self._store.version, tuple(new))
            with _made(self.folder / str(segment.version)) as target:
                self._make(target, changes)
            self._contents = Contents(FORMAT, (*self.segments, segment))
            _write(self.folder, self._contents)

    def _changes(self, batches: list[str]) -> list[str] | None:
        """What a segment for these imports is made of, by default their names; None for too much."""
        return batches

    @abstractmethod
    def _make(self, target: Path, changes: list[str] | None) -> None:
        """Write a segment of what `_changes` gave, or of everything for None."""


def _batches_of(store: Store) -> list[str]:
    """The imports that made the current records, oldest first."""
    return store.history().sort("version")["batch_id"].drop_nulls().to_list()


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """A folder that is there once all of it is."""
    draft = folder.with_name(f".{folder.name}")
    for old in (draft, folder):
        shutil.rmtree(old, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    draft.rename(folder)


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
    named = {str(s.version) for s in contents.segments}
    for old in folder.iterdir():
        if old.is_dir() and old.name not in named:
            shutil.rmtree(old)
