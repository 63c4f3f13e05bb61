import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import skops.io
from polars.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression

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

    sha256 = save(scorer, tmp_path / "m.skops")

    assert_frame_equal(load(tmp_path / "m.skops", sha256).score(tenders()), scorer.score(tenders()))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="file is missing"):
        load(tmp_path / "m.skops", "0" * 64)


def test_a_changed_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    sha256 = save(make("ecod").fit(tenders()), path)
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(Refused, match="Checksum differs"):
        load(path, sha256)


def test_other_feature_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.skops")
    monkeypatch.setattr(Ecod, "inputs", ("mechanism", "n_valid", "other"))

    with pytest.raises(Refused, match=r"feature names differ: .*bid_cv.*here is .*'other'"):
        load(tmp_path / "m.skops", sha256)


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.skops")
    monkeypatch.setattr(artefact, "versions", lambda: {"sklearn": "9.9", "numpy": "2.4"})

    with pytest.raises(Refused, match=r"versions differ: .*here is .*9\.9"):
        load(tmp_path / "m.skops", sha256)


def test_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = save(make("ecod").fit(tenders()), tmp_path / "m.skops")
    monkeypatch.setattr(artefact, "FORMAT", 2)

    with pytest.raises(Refused, match="formats differ: it was written for 1, here is 2"):
        load(tmp_path / "m.skops", sha256)


def test_types_that_the_code_does_not_trust_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    skops.io.dump({"model": "ecod", "state": Refused}, path)

    with pytest.raises(Refused, match="types that are not trusted"):
        load(path, checksum(path))


def test_some_other_skops_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    skops.io.dump(LogisticRegression(), path)

    known = re.escape(str(sorted(all_models())))
    with pytest.raises(Refused, match=f"none of the models {known}"):
        load(path, checksum(path))
