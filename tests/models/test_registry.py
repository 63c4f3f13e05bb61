import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.artefact import Refused
from models.champion import load_champion, promotions
from models.compare import worse
from models.labels import LABEL
from models.promotion import WorseThanChampionError, promote, rollback
from models.protocol import Trial, frozen
from models.registry import evaluate, train
from models.scorer import make
from models.tender_boosting import TenderBoosting
from models.tracking import client_of
from models.unusual import COMPANY, SCREENS
from records.source import BadInput
from records.tables import Market

Tenders = Callable[..., pl.DataFrame]
Behind = Callable[[pl.DataFrame], Market]

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
        "import sys, pathlib; from models.champion import load_champion;"
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
    assert (first.champion, second.champion, other.champion) == (True, False, False)
    last = load_champion(workspace)
    assert last is not None
    assert last.name == "ecod"
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


@pytest.mark.slow
def test_evaluate_refuse_force_and_roll_back_on_a_real_mlflow(
    tmp_path: Path, tenders_of: Tenders, market_of_labels: Behind
) -> None:
    frame = tenders_of(900)
    market = market_of_labels(frame)
    trial = frozen(tmp_path, market, frame)
    assert trial is not None

    good = train(frame, "tender_boosting", tmp_path, trial=trial, base_rate=0.02)
    bad = train(tenders_of(600, strength=0.0), "tender_boosting", tmp_path, trial=spoilt(trial))
    with pytest.raises(WorseThanChampionError, match=r"average_precision 0\.\d+ against 0\.\d+") as refused:
        promote(tmp_path, "tender_boosting")

    assert (good.champion, bad.champion) == (True, False)
    table = refused.value.table.filter(metric="average_precision").row(0, named=True)
    assert table["challenger"] < table["champion"]
    assert refused.value.table.equals(evaluate(tmp_path, "tender_boosting"))
    assert champion_version(tmp_path) == 1
    champion = load_champion(tmp_path)
    assert isinstance(champion, TenderBoosting)
    assert champion.base_rate == 0.02

    assert promote(tmp_path, "tender_boosting", force="a drill") == 2
    assert champion_version(tmp_path) == 2
    assert promotions(tmp_path)[-1]["why"] == "forced: a drill"
    assert rollback(tmp_path)["version"] == 1
    assert champion_version(tmp_path) == 1
    with pytest.raises(BadInput, match="There is no earlier champion"):
        rollback(tmp_path)

    ecod = train(tenders(), "ecod", tmp_path)
    with pytest.raises(BadInput, match="ecod has no figures on the frozen test"):
        promote(tmp_path, "ecod")
    measured = evaluate(tmp_path, "ecod", trial)
    assert (ecod.version, worse(measured)) == (1, True)
    _run_keeps(tmp_path, good.run_id)


def spoilt(trial: Trial) -> Trial:
    turned = trial.training.with_columns(~pl.col(LABEL))
    return Trial(trial.protocol, turned, trial.test)


def champion_version(workspace: Path) -> int:
    return int(json.loads((workspace / "models" / "champion.json").read_text())["version"])


def _run_keeps(workspace: Path, run_id: str) -> None:
    client = client_of(workspace)
    kept = {item.path for item in client.list_artifacts(run_id)}
    assert kept >= {"model.zip", "protocol.json", "figures.json", "reliability.json", "curves.png"}
    assert client.get_run(run_id).data.metrics["test_precision_at_1_percent"] > 0


@pytest.mark.slow
def test_one_variable_names_another_tracking_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_MLFLOW_URI", f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}")

    train(tenders(), "ecod", tmp_path / "w")

    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "w" / "mlflow.db").exists()
    assert load_champion(tmp_path / "w") is not None


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
