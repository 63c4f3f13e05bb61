"""A fitted model as one file that cannot run anything: JSON for plain values, NumPy's own form for arrays.

Estimators of scikit-learn alone go through skops, with a list of trusted types that this code owns; never a
pickle. A model that has none is read without loading scikit-learn, which takes seconds.
"""

import hashlib
import json
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from models.scorer import Scorer, all_models, make
from records.source import BadInput

FORMAT = 2
"""Changes when files written before can no longer be read."""

TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types beyond skops' own defaults that an estimator may hold. The artefact has no say in this."""

_TERMS, _STATE = "terms.json", "state.json"
_ARRAY, _ESTIMATOR = "$array", "$estimator"


class Refused(BadInput):
    """An artefact that must not be used: what differs, where, and what to do."""

    def __init__(self, what: str, where: Path) -> None:
        super().__init__(what, str(where), "Train the model again, or restore the file from a backup.")


def save(scorer: Scorer, path: Path) -> str:
    """Write a fitted scorer and return the SHA-256 of the file."""
    terms = {
        "format": FORMAT,
        "model": scorer.name,
        "inputs": list(scorer.inputs),
        "versions": versions(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as file:
        file.writestr(_TERMS, json.dumps(terms))
        file.writestr(_STATE, json.dumps(scorer.state(), default=partial(_kept, file)))
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
    terms = _terms(path)
    for what, written, here in _compared(terms):
        if written != here:
            raise Refused(f"The artefact's {what} differ: it was written for {written}, here is {here}", path)
    with ZipFile(path) as file:
        state = json.loads(file.read(_STATE), object_hook=partial(_given_back, file, path))
    return make(terms["model"]).restore(state)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions that a fitted model depends on, without the patch level."""
    known = {"sklearn": version("scikit-learn"), "numpy": version("numpy")}
    return {name: ".".join(of.split(".")[:2]) for name, of in known.items()}


def _kept(file: ZipFile, value: Any) -> Any:
    """What JSON has no word for, as a member of the file that the word left in its place names."""
    if isinstance(value, np.generic):
        return value.item()
    number = len(file.namelist())
    if isinstance(value, np.ndarray):
        with file.open(f"{number}.npy", "w") as member:
            np.lib.format.write_array(member, value, allow_pickle=False)
        return {_ARRAY: f"{number}.npy"}
    import skops.io

    file.writestr(f"{number}.skops", skops.io.dumps(value))
    return {_ESTIMATOR: f"{number}.skops"}


def _given_back(file: ZipFile, path: Path, value: dict[str, Any]) -> Any:
    if _ARRAY in value:
        return _array(file.read(value[_ARRAY]), path)
    return _estimator(file.read(value[_ESTIMATOR]), path) if _ESTIMATOR in value else value


def _array(content: bytes, path: Path) -> Any:
    try:
        return np.lib.format.read_array(BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise Refused(f"The artefact holds an array that is not trusted: {error}", path) from error


def _estimator(content: bytes, path: Path) -> Any:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise Refused(f"The artefact holds types that are not trusted: {error}", path) from error


def _terms(path: Path) -> dict[str, Any]:
    try:
        with ZipFile(path) as file:
            terms = json.loads(file.read(_TERMS))
    except (BadZipFile, KeyError):
        terms = {}
    if terms.get("model") not in all_models():
        raise Refused(f"The file holds none of the models {sorted(all_models())}", path)
    return dict(terms)


def _compared(terms: dict[str, Any]) -> list[tuple[str, object, object]]:
    return [
        ("formats", terms["format"], FORMAT),
        ("versions", terms["versions"], versions()),
        ("feature names", terms["inputs"], list(all_models()[terms["model"]].inputs)),
    ]
