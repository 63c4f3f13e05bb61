import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.artefact import Refused
from models.registry import load_champion, promote, train
from models.scorer import make
from models.unusual import COMPANY, SCREENS
from records.source import BadInput

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 uses a loader that SQLAlchemy 2.1 announces to remove.
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning"
)


def tenders(n: int = 300, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    screens = {name: rng.lognormal(0, 0.3, n) for name in (*SCREENS, *COMPANY)}
    return pl.DataFrame(
        {"tender_id": [f"T{i}" for i in range(n)], "mechanism": "lowest", "n_valid": 5, **screens}
    )


def test_before_the_first_promotion_there_is_no_champion(tmp_path: Path) -> None:
    assert load_champion(tmp_path, "ecod") is None


def test_a_market_too_small_to_learn_from_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing to learn in 20 tenders .* needs 50 tenders"):
        train(tenders(20), "ecod", tmp_path)
    assert not list(tmp_path.iterdir())


def test_loading_a_champion_does_not_import_mlflow(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from models.registry import load_champion;"
        f"load_champion(pathlib.Path({str(tmp_path)!r}), 'ecod'); sys.exit('mlflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.slow
def test_train_promote_reload_and_refuse_on_a_real_mlflow(tmp_path: Path) -> None:
    workspace = tmp_path / "a space in its name"
    with pytest.raises(ValueError, match="No version of ecod was trained in this workspace"):
        promote(workspace, "ecod")

    first = train(tenders(), "ecod", workspace, data_version=7)
    second = train(tenders(seed=1), "ecod", workspace)
    other = train(tenders(), "isolation_forest", workspace)

    assert (first.version, second.version, other.version) == (1, 2, 1)
    assert (first.champion, second.champion, other.champion) == (True, False, True)
    last = load_champion(workspace)
    assert last is not None
    assert last.name == "isolation_forest"
    assert first.to_dict()["name"] == "ecod"
    assert first.metrics["scored_tenders"] == 300
    champion = load_champion(workspace, "ecod")
    assert champion is not None
    assert_frame_equal(champion.score(tenders()), make("ecod").fit(tenders()).score(tenders()))
    _record_agrees(workspace, first.run_id)

    assert promote(workspace, "ecod") == 2
    champion = load_champion(workspace, "ecod")
    assert champion is not None
    assert_frame_equal(champion.score(tenders()), make("ecod").fit(tenders(seed=1)).score(tenders()))

    entry = json.loads((workspace / "models" / "ecod.champion.json").read_text())
    file = workspace / entry["file"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Refused, match="Checksum differs"):
        load_champion(workspace, "ecod")
    with pytest.raises(Refused, match="Checksum differs"):
        promote(workspace, "ecod")


def _record_agrees(workspace: Path, run_id: str) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{workspace}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["data_version"] == "7"
    assert run.data.metrics["strata"] == 1
    assert run.data.params["model"] == "ecod"
    champion = client.get_model_version_by_alias("ecod", "champion")
    challenger = client.get_model_version_by_alias("ecod", "challenger")
    assert (int(champion.version), int(challenger.version)) == (1, 2)
