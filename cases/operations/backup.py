"""A workspace copied into one file, consistently while other commands run; see `cases.operations.archive`."""

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from cases.database import address, sqlite_file
from cases.operations import release
from cases.operations.archive import FORMAT, MANIFEST, ROOT, Kept, Manifest
from models.tracking import server
from records.settings import without_password
from records.source import BadInput
from records.store import Store
from records.workspace import locked

_SQLITE = b"SQLite format 3\x00"
_POINTERS = ("runs/latest", "models/*.json", "models/*.jsonl", "records/head.json", "watch/ledger.jsonl")
"""Small files that name others; they are read first, so that what they name is in the copy."""
_PASSING = {"-wal", "-shm", "-journal"}


class Server(NamedTuple):
    """Something that lies outside of the workspace, and how to copy it."""

    name: str
    remedy: str


def backup(workspace: Path, file: Path, *, partial: bool = False) -> Manifest:
    """Copy a workspace into a new file. Imports wait meanwhile (`Busy`); everything else goes on.

    Raises:
        BadInput: the file exists, lies in the workspace or cannot be written, or without `partial`, the desk
            or the models lie on a server.
        Busy: another process writes to the workspace.

    """
    file, version = file.resolve(), Store(workspace).version
    if file.exists() or file.is_relative_to(workspace.resolve()):
        raise BadInput(
            "A backup is a new file outside of the workspace", str(file), "Name another, e.g. with the date."
        )
    servers = elsewhere(workspace)
    if servers and not partial:
        raise BadInput(
            f"This copies files only; not in it would be: {', '.join(s.name for s in servers)}",
            str(workspace),
            " ".join(s.remedy for s in servers) + " Then repeat with --partial.",
        )
    draft = file.with_name(f".{file.name}.draft")
    try:
        with locked(workspace / "records" / "lock"), _private(draft) as target:
            version = Store(workspace).version
            files = _write(workspace, target, draft)
            manifest = Manifest(
                FORMAT, datetime.now(UTC).isoformat(timespec="seconds"), release(), version,
                str(workspace.resolve()), workspace.stat().st_mode & 0o777,
                tuple(s.name for s in servers), files,
            )  # fmt: skip
            _add(target, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)), 0o644)
        draft.replace(file)
    except (OSError, sqlite3.Error) as problem:
        raise BadInput(
            f"The copy cannot be made: {problem}",
            str(file),
            "Make room, and let this account read and write there.",
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return manifest


def elsewhere(workspace: Path) -> list[Server]:
    """What of a workspace lies on servers."""
    url, models, found = address(workspace), server(workspace), []
    own = sqlite_file(url)
    if own is None:
        plain = without_password(url).replace("postgresql+psycopg://", "postgresql://")
        dump = f"Run: pg_dump --format=custom --file=desk.dump '{plain}'."
        found.append(Server(f"the desk's database {without_password(url)}", dump))
    elif not own.resolve().is_relative_to(workspace.resolve()):
        found.append(Server(f"the desk's database {own}", f"Run: sqlite3 {own} '.backup desk.db'."))
    if models:
        name = f"the models' server {without_password(models)}"
        found.append(Server(name, "Copy its database and artefacts as its own guide says."))
    return found


@contextmanager
def _private(path: Path) -> Iterator[tarfile.TarFile]:
    """A tar for nobody else to read, on disk once it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as raw:
        with tarfile.open(fileobj=raw, mode="w") as target:
            yield target
        raw.flush()
        os.fsync(raw.fileno())


def _write(workspace: Path, target: tarfile.TarFile, draft: Path) -> dict[str, Kept]:
    """Pointers first, then databases, which name runs and models as well, then what all of these name."""
    first = {p: p.read_bytes() for glob in _POINTERS for p in sorted(workspace.glob(glob))}
    kept = {}
    for databases in (True, False):
        for path in _files(workspace):
            name = path.relative_to(workspace).as_posix()
            try:
                if _is_database(path) == databases:
                    with _still(path, first.get(path), draft) as file:
                        kept[name] = _stream(target, ROOT + name, file, path.stat().st_mode & 0o777)
            except FileNotFoundError:
                continue  # a draft that another command has put in place or thrown away since
    return kept


def _files(workspace: Path) -> Iterator[Path]:
    """Everything but locks, drafts, and what SQLite keeps beside its databases."""
    for path in sorted(workspace.rglob("*")):
        inside = path.relative_to(workspace)
        passing = any(path.name.endswith(end) and path.with_name(path.name.removesuffix(end)).exists()
                      for end in _PASSING)  # fmt: skip
        draft = path.suffix in {".draft", ".unfinished"} or any(p.startswith(".") for p in inside.parts)
        lock = path.name in {"lock", "lock.pid"}
        if path.is_file() and not path.is_symlink() and not (passing or draft or lock):
            yield path


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


@contextmanager
def _still(path: Path, content: bytes | None, draft: Path) -> Iterator[IO[bytes]]:
    """A file as it was at one moment; of a database a copy beside the backup's draft, where there is room."""
    if content is not None:
        yield io.BytesIO(content)
    elif not _is_database(path):
        with path.open("rb") as file:
            yield file
    else:
        with tempfile.TemporaryDirectory(
            prefix=f"{draft.stem}.", suffix=draft.suffix, dir=draft.parent
        ) as folder:
            copied = Path(folder) / "copy.db"
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source, closing(
                sqlite3.connect(copied)
            ) as there:  # fmt: skip
                source.backup(there)
            with copied.open("rb") as file:
                yield file


def _add(target: tarfile.TarFile, name: str, content: bytes, mode: int) -> Kept:
    return _stream(target, name, io.BytesIO(content), mode)


def _stream(target: tarfile.TarFile, name: str, file: IO[bytes], mode: int) -> Kept:
    """Add as many bytes as the file has now, and digest just these."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = file.seek(0, os.SEEK_END), mode, int(datetime.now(UTC).timestamp())
    file.seek(0)
    read = _Digesting(file)
    target.addfile(entry, read)
    return Kept(read.sha256.hexdigest(), entry.size, mode)


class _Digesting(io.RawIOBase):
    """Reads through and digests what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        some = self._file.read(size)
        self.sha256.update(some)
        return some
