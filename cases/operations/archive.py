"""The form of a backup: a plain tar of everything below `workspace/`, and last `manifest.json`.

One that was cut short has no manifest. It holds the key of the keyed hashes, so only its owner may read it.
"""

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
ROOT = "workspace/"


class Kept(msgspec.Struct, frozen=True):
    """One file: SHA-256, bytes, and the permissions of its owner and others."""

    sha256: str
    size: int
    mode: int


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds; `mode` is of the workspace's folder, `elsewhere` names what lies on servers."""

    format: int
    made_at: str
    bidlens: str
    records_version: int
    location: str
    mode: int
    elsewhere: tuple[str, ...]
    files: dict[str, Kept]
