import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import polars as pl
import pytest
import skops.io
from polars.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from models import artefact
from models.artefact import Refused, checksum, load, save
from models.ecod import Ecod
from models.scorer import all_models, make, unsupervised
from models.unusual import COMPANY, SCREENS


def tenders(n: int = 300) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    screens = {name: rng.lognormal(0, 0.3, n) for name in (*SCREENS, *COMPANY)}
    return pl.DataFrame(
        {"tender_id": [f"T{i}" for i in range(n)], "mechanism": "lowest", "n_valid": 5, **screens}
    )


@pytest.mark.parametrize("name", sorted(unsupervised()))
def test_a_fitted_model_comes_back_the_same(name: str, tmp_path: Path) -> None:
    scorer = make(name).fit(tenders())

    sha256 = save(scorer, tmp_path / "m.zip")

    assert_frame_equal(load(tmp_path / "m.zip", sha256).score(tenders()), scorer.score(tenders()))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="file is missing"):
        load(tmp_path / "m.zip", "0" * 64)


def test_a_changed_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    sha256 = save(make("ecod").fit(tenders()), path)
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(Refused, match="Checksum differs"):
        load(path, sha256)


def test_other_feature_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.zip")
    monkeypatch.setattr(Ecod, "inputs", ("mechanism", "n_valid", "other"))

    with pytest.raises(Refused, match=r"feature names differ: .*bid_cv.*here is .*'other'"):
        load(tmp_path / "m.zip", sha256)


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.zip")
    monkeypatch.setattr(artefact, "versions", lambda: {"sklearn": "9.9", "numpy": "2.4"})

    with pytest.raises(Refused, match=r"versions differ: .*here is .*9\.9"):
        load(tmp_path / "m.zip", sha256)


def test_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.zip")
    monkeypatch.setattr(artefact, "FORMAT", 3)

    with pytest.raises(Refused, match="formats differ: it was written for 2, here is 3"):
        load(tmp_path / "m.zip", sha256)


class Holding(Ecod):
    """A model that has learned something that nobody should trust."""

    def state(self) -> dict[str, Any]:
        return {"strata": [], "held": Pipeline([("step", FunctionTransformer(os.system))])}


def test_types_that_the_code_does_not_trust_are_refused(tmp_path: Path) -> None:
    sha256 = save(Holding(), tmp_path / "m.zip")

    with pytest.raises(Refused, match=r"types that are not trusted: .*system"):
        load(tmp_path / "m.zip", sha256)


def test_an_array_of_objects_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Holding, "state", lambda _: {"held": np.array([Path()], dtype=object)})

    with pytest.raises(ValueError, match="allow_pickle=False"):
        save(Holding(), tmp_path / "m.zip")


def test_an_array_of_objects_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    save(make("ecod").fit(tenders()), path)
    with ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    pickled = BytesIO()
    np.save(pickled, np.array([Path()], dtype=object), allow_pickle=True)
    with ZipFile(path, "w") as file:
        for name, content in (members | {"1.npy": pickled.getvalue()}).items():
            file.writestr(name, content)

    with pytest.raises(Refused, match=r"array that is not trusted: .*allow_pickle=False"):
        load(path, checksum(path))


@pytest.mark.parametrize("content", ["neither a zip", None])
def test_some_other_file_is_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    if content is None:
        skops.io.dump(LogisticRegression(), path)
    else:
        path.write_text(content)

    known = re.escape(str(sorted(all_models())))
    with pytest.raises(Refused, match=f"none of the models {known}"):
        load(path, checksum(path))
