"""What an import reads, as a digest: the same content with the same options is the same batch."""

import hashlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import records.sources
from records.discovery import discover
from records.source import SOURCES, BadInput

BESIDE = "mapping.toml"
"""File in the folder of tables, or of a single one, that says what they hold."""


class Fingerprint(NamedTuple):
    """Identity of an import: `sha256` of the content, `options` as JSON, `batch_id` of it all."""

    batch_id: str
    source: str
    sha256: str
    options: str


def fingerprint(source: str, path: Path | None, options: Mapping[str, Any]) -> Fingerprint:
    """Digest a file or folder, or no content at all, together with the source's name and options.

    Raises:
        BadInput: a file cannot be opened.

    """
    content = "" if path is None else _digest(path)
    told = read_with(source, path.parent if path is not None and path.is_file() else None, options)
    mark = hashlib.sha256(msgspec.json.encode([source, content, told])).hexdigest()
    return Fingerprint(f"{source}-{mark[:16]}", source, content, msgspec.json.encode(told).decode())


def read_with(source: str, folder: Path | None, options: Mapping[str, Any]) -> dict[str, str]:
    """What counts of options; `folder` is that of a single file, whose mapping may lie there.

    An option that is a path counts by its content, and so does that mapping, so that an edited one is news.
    """
    beside = folder / BESIDE if folder is not None and _reads_mapping(source) else None
    told = {**({"mapping": beside} if beside is not None and beside.exists() else {}), **options}
    return {k: _digest(v) if isinstance(v, Path) and v.exists() else str(v) for k, v in sorted(told.items())}


def _reads_mapping(source: str) -> bool:
    discover(records.sources)
    return source in SOURCES and "mapping" in inspect.signature(SOURCES[source].read).parameters


def _digest(path: Path) -> str:
    if path.is_file():
        return _digest_file(path)
    whole = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\x1f{_digest_file(file)}\x1e".encode())
    return whole.hexdigest()


def _digest_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(
            f"The file cannot be opened: {error.strerror}", str(path), "Check its permissions."
        ) from None
