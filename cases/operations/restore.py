"""A workspace out of a backup: in whole, with every checksum right, or not at all."""

import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from cases.operations.archive import FORMAT, MANIFEST, ROOT, Kept, Manifest
from records.source import BadInput

_CHUNK = 1 << 20
_MISSHAPEN = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)
"""What it means that a file is not there, or that it names one thing twice; other errors are the disk's."""


def restore(file: Path, target: Path) -> Manifest:
    """Make a workspace from a backup; it is there in whole, with every checksum right, or not at all.

    Raises:
        BadInput: the target is not empty or cannot be written, or the file is no backup, damaged or of a
            newer bidlens.

    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput("Restoring needs an empty folder", str(target), "Name one that does not exist yet.")
    try:
        return _restored(file, target)
    except OSError as problem:
        raise BadInput(
            f"The workspace cannot be made: {problem}",
            str(target),
            "Make room, and let this account read and write there.",
        ) from None


def _restored(file: Path, target: Path) -> Manifest:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        manifest = _unpack(file, draft)
        move_models(draft / "mlflow.db", Path(manifest.location), target)
        draft.chmod(manifest.mode)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def move_models(database: Path, old: Path, new: Path) -> None:
    """Let MLflow's database, which knows its files by absolute addresses, find them in another folder."""
    if not database.exists():
        return
    before, after = old.as_uri() + "/", new.resolve().as_uri() + "/"
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            for column in columns & {"artifact_location", "artifact_uri", "source", "storage_location"}:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                    f"WHERE substr({column}, 1, ?) = ?",
                    (after, len(before) + 1, len(before), before),
                )


def _unpack(file: Path, folder: Path) -> Manifest:
    found: dict[str, Kept] = {}
    manifest = b""
    try:
        with tarfile.open(file, "r:") as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                if content is None or not entry.isreg():
                    raise _damaged(file, f"{entry.name} is no plain file")
                if entry.name == MANIFEST:
                    manifest = content.read()
                    continue
                name = _inside(file, entry.name)
                found[name] = _land(content, folder / name, entry.mode)
    except (tarfile.TarError, EOFError, *_MISSHAPEN) as problem:
        raise _damaged(file, str(problem)) from None
    return _verified(file, manifest, found)


def _verified(file: Path, manifest: bytes, found: dict[str, Kept]) -> Manifest:
    try:
        told = msgspec.json.decode(manifest, type=Manifest)
    except msgspec.MsgspecError:
        raise _damaged(file, "it has no manifest, so its end is missing") from None
    if told.format > FORMAT:
        raise BadInput(
            f"The backup has format {told.format}, this bidlens knows {FORMAT}", str(file),
            "Use the newer bidlens that wrote it.",
        )  # fmt: skip
    wrong = sorted(n for n in {*told.files, *found} if told.files.get(n) != found.get(n))
    if wrong:
        raise _damaged(file, f"{len(wrong)} files differ from the manifest, the first is {wrong[0]}")
    return told


def _inside(file: Path, name: str) -> str:
    path = PurePosixPath(name)
    if not name.startswith(ROOT) or ".." in path.parts:
        raise _damaged(file, f"{name} would lie outside of the workspace")
    return name.removeprefix(ROOT)


def _land(content: IO[bytes], path: Path, mode: int) -> Kept:
    path.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        while some := content.read(_CHUNK):
            sha256.update(some)
            size += out.write(some)
    path.chmod(mode & 0o777)
    return Kept(sha256.hexdigest(), size, mode & 0o777)


def _damaged(file: Path, what: str) -> BadInput:
    return BadInput(f"This is no whole backup: {what}", str(file), "Use another backup.")
