"""Checking a package on any machine: checksums, files too few or too many, the signature, the key.

A package comes from outside, so nothing of it is unpacked, and no more is read than its manifest says.
"""

import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from cases.package.archive import FORMAT, MANIFEST, SIGNATURE, SIGNER
from cases.package.signing import fingerprint, holds
from records.source import BadInput

LARGEST = 4 * 1024**3
"""Bytes of all files together."""

MOST_FILES = 10_000
MANIFEST_LARGEST = 16 * 1024**2
_CHUNK = 1024**2
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError,
    OSError, ValueError,
)  # fmt: skip
"""What a damaged zip may raise."""

_END = b"PK\x05\x06"
"""How the last 22 bytes of a zip begin that has no comment."""


class Check(NamedTuple):
    """One thing that was looked at: what, whether it holds, and what was seen."""

    what: str
    holds: bool
    seen: str = ""


def verify(package: Path, key: str | None = None) -> list[Check]:
    """Everything that was looked at, in order; the package holds if all of it does.

    Args:
        package: the zip.
        key: fingerprint of the key that is expected, or a file with that public key. Without one, anybody's
            signature holds.

    Raises:
        BadInput: there is no such file, or `key` is neither.

    """
    if not package.is_file():
        raise BadInput("There is no such package", str(package), "Check the path.")
    expected = None if key is None else expected_key(key)
    try:
        with zipfile.ZipFile(package) as archive:
            return list(_checks(archive, expected))
    except _UNREADABLE as problem:
        return [Check("is a zip that can be read", False, str(problem))]


def expected_key(key: str) -> str:
    """The fingerprint that `key` gives or whose public key the file of that name holds.

    Raises:
        BadInput: it is neither.

    """
    plain = re.sub(r"[\s:]", "", key.lower()).removeprefix("sha256")
    if re.fullmatch(r"[0-9a-f]{64}", plain):
        return plain
    try:
        return fingerprint(Path(key).read_bytes())
    except (OSError, ValueError) as problem:
        raise BadInput(
            f"{key!r} is neither a fingerprint nor a file with a public key: {problem}", "--key",
            "Give 64 hexadecimal digits, or a PEM file.",
        ) from problem  # fmt: skip


def _checks(archive: zipfile.ZipFile, expected: str | None) -> Iterator[Check]:
    names = [entry.filename for entry in archive.infolist()]
    unfit = _unfit(archive)
    yield Check("names and number of files are safe", not unfit, "; ".join(unfit))
    yield Check("nothing lies outside the files", not _outside(archive), _outside(archive))
    if unfit:
        return
    told = _read(archive, MANIFEST, MANIFEST_LARGEST)
    manifest = _manifest(told)
    yield Check("the manifest can be read", manifest is not None, "" if manifest else f"no {FORMAT} manifest")
    if manifest is None or told is None:
        return
    yield from _signature(archive, manifest, told, expected)
    yield from _files(archive, manifest, names)


def _unfit(archive: zipfile.ZipFile) -> list[str]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        return [f"{len(entries):,} files, at most {MOST_FILES:,}"]
    twice = [n for n, times in Counter(e.filename.casefold() for e in entries).items() if times > 1]
    unsafe = [e.filename for e in entries if not _safe(e.filename)]
    odd = [e.filename for e in entries if e.flag_bits & 1 or e.compress_type not in _PACKED]
    return [
        *(f"{n!r} is there twice" for n in twice),
        *(f"{n!r} is not a safe name" for n in unsafe),
        *(f"{n!r} is encrypted or packed in an unusual way" for n in odd),
    ]


def _safe(name: str) -> bool:
    """A relative path without a way up, a drive, a backslash, or what cannot be seen."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts) and not name.startswith("/") and not name.endswith("/") and ".." not in parts
        and not re.search(r"[\\:\x00-\x1f\x7f]", name)
    )  # fmt: skip


def _outside(archive: zipfile.ZipFile) -> str:
    first = min((e.header_offset for e in archive.infolist()), default=0)
    if first:
        return f"{first:,} bytes before the first file"
    file = archive.fp
    if file is None:  # never of an open archive
        return ""
    file.seek(-22, 2)
    return "" if file.read(4) == _END and not archive.comment else "a comment, or bytes after the last file"


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """A small file, or None when it is missing, damaged, or larger than it may be."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except (KeyError, *_UNREADABLE):
        return None
    return content if len(content) <= most else None


def _manifest(told: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(told or b"")
        listed = found["files"]
        sound = found["format"] == FORMAT and all(
            isinstance(f["name"], str) and type(f["bytes"]) is int and f["bytes"] >= 0
            and isinstance(f["sha256"], str)
            for f in listed
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if sound and sum(f["bytes"] for f in listed) <= LARGEST else None


def _signature(
    archive: zipfile.ZipFile, manifest: dict[str, Any], told: bytes, expected: str | None
) -> Iterator[Check]:
    pem, signature = _read(archive, SIGNER, 10_000) or b"", _read(archive, SIGNATURE, 64) or b""
    try:
        found = fingerprint(pem)
    except ValueError:
        yield Check("the signing key can be read", False, f"{SIGNER} holds no Ed25519 key")
        return
    yield Check("the manifest is signed by the key in the package", holds(pem, signature, told), found)
    stated = manifest.get("signature")
    named = stated.get("fingerprint") if isinstance(stated, dict) else None
    yield Check("the manifest names that key", named == found, "" if named == found else f"it names {named}")
    if expected is not None:
        seen = found if found == expected else f"signed by {found}, expected {expected}"
        yield Check("the key is the expected one", found == expected, seen)


def _files(archive: zipfile.ZipFile, manifest: dict[str, Any], names: list[str]) -> Iterator[Check]:
    listed = {f["name"]: f for f in manifest["files"]}
    twice = len(listed) != len(manifest["files"])
    missing = sorted(set(listed) - set(names))
    more = sorted(set(names) - set(listed) - {MANIFEST, SIGNATURE})
    yield Check("no file is missing", not missing, ", ".join(map(repr, missing)))
    yield Check("no file was added", not more and not twice, ", ".join(map(repr, more)))
    for name in (n for n in listed if n in set(names)):
        fault = _fault(archive, name, listed[name]["bytes"], listed[name]["sha256"])
        yield Check(f"{name} is as it was signed", not fault, fault or listed[name]["sha256"])


def _fault(archive: zipfile.ZipFile, name: str, size: int, expected: str) -> str:
    """What is wrong with a file; it is read in pieces, and never beyond the size that the manifest tells."""
    found, read = sha256(), 0
    try:
        with archive.open(name) as file:
            while chunk := file.read(min(_CHUNK, size - read + 1)):
                read += len(chunk)
                if read > size:
                    return f"larger than the {size:,} bytes that were signed"
                found.update(chunk)
    except _UNREADABLE as problem:
        return f"cannot be read: {problem}"
    if read != size:
        return f"{read:,} bytes instead of {size:,}"
    return "" if found.hexdigest() == expected else "was changed"
