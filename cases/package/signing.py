"""The key that signs packages: Ed25519, one per workspace, kept beside the records and never in a package."""

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from records.source import BadInput

FILE = "signing.pem"
ALGORITHM = "Ed25519"


def signing_key(workspace: Path) -> Ed25519PrivateKey:
    """The workspace's key, made on first use; readable by its owner only.

    Raises:
        BadInput: the file holds no such key.

    """
    path = workspace / FILE
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(
            f"This file holds no {ALGORITHM} key", str(path),
            "Restore it from a backup, or move it away: a new key is made, with another fingerprint.",
        )  # fmt: skip
    return key


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(pem: bytes) -> str:
    """SHA-256 of a public key in DER, as `openssl pkey -pubin -outform DER | sha256sum` prints it.

    Raises:
        ValueError: it is no Ed25519 key in PEM.

    """
    key = public_key(pem)
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def public_key(pem: bytes) -> Ed25519PublicKey:
    """A public key from PEM.

    Raises:
        ValueError: it is no Ed25519 key in PEM.

    """
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm as problem:
        raise ValueError(str(problem)) from problem
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"This is no {ALGORITHM} key.")
    return key


def holds(pem: bytes, signature: bytes, content: bytes) -> bool:
    """Whether the key made this signature of this content."""
    try:
        public_key(pem).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(path: Path) -> None:
    """Write a new key in one step: of two processes that need one at once, both use the first."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
