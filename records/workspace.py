"""The folder that holds a record store: its head, which names what is current, and its lock."""

import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO

import msgspec

from records.source import BadInput, Busy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


INDEX, HISTORIES = ".index", ".histories"
"""Folders of a workspace that are derived from its records; hidden, so that backups leave them out."""

FORMAT = 1
"""Of a workspace; grows when an older bidlens could no longer read what a newer one writes."""


class Snapshot(msgspec.Struct, frozen=True):
    """One version of the store: the Delta version of every table, and the batch that made it."""

    version: int
    batch_id: str | None
    at: str
    tables: dict[str, int]


class Head(msgspec.Struct, frozen=True):
    """All versions of the store, the current one last. What it does not name does not exist.

    `dropped` are the batches of versions that were given up; their records are in later versions.
    """

    format: int
    snapshots: tuple[Snapshot, ...]
    dropped: tuple[str, ...] = ()

    @property
    def current(self) -> Snapshot:
        """The version that readers see."""
        return self.snapshots[-1]

    @property
    def batches(self) -> frozenset[str]:
        """Every batch that was ever imported."""
        return frozenset({*self.dropped, *(s.batch_id for s in self.snapshots if s.batch_id)})

    def keeping(self, versions: Collection[int]) -> "Head":
        """The head without all versions but these and the current one."""
        kept = tuple(s for s in self.snapshots if s.version in versions or s is self.current)
        gone = tuple(s.batch_id for s in self.snapshots if s not in kept and s.batch_id)
        return Head(self.format, kept, self.dropped + gone)

    def at(self, version: int | None) -> Snapshot:
        """A version by number, the current one for None."""
        if version is None:
            return self.current
        found = [s for s in self.snapshots if s.version == version]
        if not found:
            have = ", ".join(str(s.version) for s in self.snapshots[-9:])
            raise ValueError(f"The store has no version {version}; the last that it has are {have}.")
        return found[0]


def read_head(path: Path) -> Head:
    """The head of a workspace.

    Raises:
        BadInput: the folder is no workspace, or its head cannot be read.

    """
    try:
        head = msgspec.json.decode(path.read_bytes(), type=Head)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(
            "This folder is no workspace", str(path.parent.parent), "Import something into it first."
        ) from None
    except msgspec.MsgspecError as error:
        raise BadInput(
            f"The head of the store cannot be read: {error}", str(path), "Restore this file from a backup."
        ) from None
    if head.format > FORMAT:
        raise BadInput(
            f"The store has format {head.format}, this bidlens knows {FORMAT}", str(path),
            "Use the newer bidlens that wrote it.",
        )  # fmt: skip
    return head


def write_head(path: Path, head: Head) -> None:
    """Replace the head in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(head)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def forget(workspace: Path) -> None:
    """Throw away what is derived from the records; it is made again when it is next needed."""
    for name in (INDEX, HISTORIES):
        shutil.rmtree(workspace / name, ignore_errors=True)


@contextmanager
def locked(path: Path, patience: float = 0) -> Iterator[None]:
    """Hold the workspace's lock, which the system frees when the process ends, however it ends.

    While another process holds it, it is asked for again for some seconds.

    Raises:
        Busy: another process holds it.

    """
    holder = path.with_suffix(".pid")
    with path.open("a+b") as file:
        if not _taken(file, patience):
            pid = holder.read_text().strip() if holder.exists() else "unknown"
            raise Busy(
                f"Process {pid} is writing to this workspace", str(path), "Try again when it has ended."
            )
        holder.write_text(f"{os.getpid()}\n")
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def _taken(file: IO[bytes], patience: float) -> bool:
    until = monotonic() + patience
    while True:
        try:
            _lock(file)
        except OSError:
            if monotonic() >= until:
                return False
            sleep(0.05)
        else:
            return True


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
