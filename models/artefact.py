"""A fitted model as one file: skops with a list of trusted types that this code owns, never a pickle."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from models.scorer import Scorer, all_models, make
from records.source import BadInput

FORMAT = 1
"""Changes when files written before can no longer be read."""

TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types beyond skops' own defaults that an artefact may hold. The artefact has no say in this."""


class Refused(BadInput):
    """An artefact that must not be used: what differs, where, and what to do."""

    def __init__(self, what: str, where: Path) -> None:
        super().__init__(what, str(where), "Train the model again, or restore the file from a backup.")


def save(scorer: Scorer, path: Path) -> str:
    """Write a fitted scorer and return the SHA-256 of the file."""
    content = {
        "format": FORMAT,
        "model": scorer.name,
        "inputs": list(scorer.inputs),
        "versions": versions(),
        "state": scorer.state(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    skops.io.dump(content, path)
    return checksum(path)


def load(path: Path, sha256: str) -> Scorer:
    """Read a scorer back.

    Raises:
        Refused: the file is missing or changed, holds a type that is not trusted, or was written for
            another model, other inputs or other versions; the message says which.

    """
    if not path.exists():
        raise Refused("The artefact's file is missing", path)
    if (found := checksum(path)) != sha256:
        raise Refused(f"Checksum differs: the registry says {sha256[:12]}…, the file has {found[:12]}…", path)
    content = _read(path)
    for what, written, here in _terms(content):
        if written != here:
            raise Refused(f"The artefact's {what} differ: it was written for {written}, here is {here}", path)
    return make(content["model"]).restore(content["state"])


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions that a fitted model depends on, without the patch level."""
    return {m.__name__: ".".join(m.__version__.split(".")[:2]) for m in (sklearn, np)}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = skops.io.load(path, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise Refused(f"The artefact holds types that are not trusted: {error}", path) from error
    if not isinstance(content, dict) or content.get("model") not in all_models():
        raise Refused(f"The file holds none of the models {sorted(all_models())}", path)
    return content


def _terms(content: dict[str, Any]) -> list[tuple[str, object, object]]:
    inputs = list(all_models()[content["model"]].inputs)
    return [
        ("formats", content["format"], FORMAT),
        ("versions", content["versions"], versions()),
        ("feature names", content["inputs"], inputs),
    ]
