"""The zip itself: files, checksums, a manifest that lists them all, and its signature.

manifest.json   what the package is, and the SHA-256 of every other file
manifest.sig    64 bytes: the Ed25519 signature of manifest.json
signer.pem      the public key that the signature is of
SHA256SUMS      the same checksums as `sha256sum --check` reads them
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.package.signing import ALGORITHM, fingerprint, public_pem

FORMAT = "bidlens-evidence-1"
MANIFEST, SIGNATURE, SIGNER, SUMS = "manifest.json", "manifest.sig", "signer.pem", "SHA256SUMS"
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every file: packing tells nothing of when it was done, so that it can be done again."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]')


def packed(
    files: Mapping[str, bytes], about: Mapping[str, Any], key: Ed25519PrivateKey
) -> tuple[bytes, dict[str, Any]]:
    """The zip and its manifest. The same files, words and key give the same bytes."""
    pem = public_pem(key)
    sums = "".join(f"{_sum(content)}  {name}\n" for name, content in sorted(files.items()))
    all_files = {**files, SUMS: sums.encode(), SIGNER: pem}
    manifest = {
        "format": FORMAT,
        **about,
        "signature": {
            "algorithm": ALGORITHM,
            "file": SIGNATURE,
            "key": SIGNER,
            "fingerprint": fingerprint(pem),
        },
        "files": [
            {"name": name, "bytes": len(content), "sha256": _sum(content)}
            for name, content in sorted(all_files.items())
        ],
    }
    told = json.dumps(manifest, ensure_ascii=True, indent=1, sort_keys=True).encode() + b"\n"
    everything = {MANIFEST: told, SIGNATURE: key.sign(told), **dict(sorted(all_files.items()))}
    return _zip(everything), manifest


def attachment_name(number: int, name: str) -> str:
    r"""Where an attachment lies: a number makes it unique, and the name is one that every system takes.

    >>> attachment_name(3, "../a\\b:c?.pdf")
    'attachments/3-.._a_b_c_.pdf'
    """
    plain = _UNSAFE.sub("_", name).rstrip(". ") or "file"
    ending = PurePosixPath(plain).suffix[:20]
    kept = plain if len(plain.encode()) <= 120 else _cut(plain, 120 - len(ending.encode())) + ending
    return f"attachments/{number}-{kept}"


def _cut(text: str, most: int) -> str:
    return text.encode()[: max(most, 1)].decode("utf-8", "ignore")


def _sum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Stored, not compressed: sheets and report are already, and zlib's bytes differ between versions."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.create_system = 3  # whichever system packs it
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return kept.getvalue()
