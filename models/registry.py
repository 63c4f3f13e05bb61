"""Versions of models on record: MLflow keeps the history, a pointer file names the champion.

MLflow lives in the workspace (SQLite and local artefacts) and takes seconds to import, so only
training and promotion touch it. Scoring reads the pointer, which promotion writes after the alias.
"""

import importlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import polars as pl

from models import artefact
from models.scorer import Scorer, make
from models.strata import MIN_MARKET
from records.source import BadInput

DEFAULT = "ecod"
"""The model to train unless told otherwise; `benchmarks.rings` compares them."""
CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "bidlens"


@dataclass(frozen=True)
class Trained:
    """A new version on record; `champion` when it was the first and took the place at once."""

    name: str
    version: int
    run_id: str
    metrics: Mapping[str, float]
    champion: bool

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def train(
    frame: pl.DataFrame, name: str, workspace: Path, *, data_version: int | str | None = None
) -> Trained:
    """Fit a model on its grain's frame, put it on record and call it the challenger.

    The first version of a model has nobody to be compared with and is promoted at once.

    Args:
        frame: feature frame of the model's grain.
        name: of the model.
        workspace: folder that holds `mlflow.db` and `models/`.
        data_version: of the records, kept with the run.

    Raises:
        ValueError: no such model, or the frame lacks inputs.
        BadInput: nothing in the frame can be scored.

    """
    started = perf_counter()
    scorer = make(name).fit(frame)
    metrics = {"fit_seconds": perf_counter() - started, **_coverage(scorer.score(frame))}
    if not metrics["scored_tenders"]:
        raise BadInput(
            f"Model {name} finds nothing to learn in {frame.height:,} tenders",
            str(workspace),
            f"Import more: it needs {MIN_MARKET} tenders with at least two valid bids.",
        )
    client = _client(workspace)
    run, sha256 = _logged(client, scorer, metrics, data_version, workspace)
    version = _register(client, name, run, sha256, workspace)
    first = not _pointer(workspace, name).exists()
    if first:
        promote(workspace, name)
    return Trained(name, version, str(run.info.run_id), metrics, champion=first)


def promote(workspace: Path, name: str) -> int:
    """Make the challenger the champion, the model that scoring uses, and return its version.

    Raises:
        ValueError: no such model, or none was trained.
        Refused: the challenger's file cannot be used.

    """
    client = _client(workspace)
    version = _challenger(client, name)
    entry = {"version": int(version.version), "file": version.tags["file"], "sha256": version.tags["sha256"]}
    artefact.load(workspace / entry["file"], entry["sha256"])
    client.set_registered_model_alias(name, CHAMPION, str(entry["version"]))
    _write(_pointer(workspace, name), entry)
    _write(_pointer(workspace, None), entry)
    return int(entry["version"])


def load_champion(workspace: Path, name: str | None = None) -> Scorer | None:
    """The promoted version of a model, or None before the first promotion.

    Without a name it is the model that was promoted last.

    Raises:
        Refused: the file is missing or changed, or was written for other inputs or versions.

    """
    pointer = _pointer(workspace, name)
    if not pointer.exists():
        return None
    entry = json.loads(pointer.read_text())
    return artefact.load(workspace / entry["file"], entry["sha256"])


def _coverage(scores: pl.DataFrame) -> dict[str, float]:
    scored = scores.filter(pl.col("score").is_not_null())
    wide = pl.col("stratum").str.starts_with("any mechanism") | (pl.col("stratum") == "whole market")
    return {
        "tenders": float(scores.height),
        "scored_tenders": float(scored.height),
        "strata": float(scored["stratum"].n_unique()),
        "widened_share": float(scored.select(wide.mean().fill_null(0.0)).item()),
    }


def _pointer(workspace: Path, name: str | None) -> Path:
    return workspace / "models" / (f"{name}.champion.json" if name else "champion.json")


def _write(pointer: Path, entry: Mapping[str, Any]) -> None:
    unfinished = pointer.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(entry))
    unfinished.replace(pointer)


def _client(workspace: Path) -> Any:
    """MLflow's client for the workspace; no global state of MLflow is touched."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    (workspace / "models").mkdir(parents=True, exist_ok=True)
    uri = f"sqlite:///{(workspace / 'mlflow.db').resolve().as_posix()}"
    return importlib.import_module("mlflow").MlflowClient(tracking_uri=uri, registry_uri=uri)


def _experiment(client: Any, workspace: Path) -> str:
    if found := client.get_experiment_by_name(EXPERIMENT):
        return str(found.experiment_id)
    root = (workspace / "models" / "artefacts").resolve().as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=root))


def _logged(
    client: Any,
    scorer: Scorer,
    metrics: Mapping[str, float],
    data_version: int | str | None,
    workspace: Path,
) -> tuple[Any, str]:
    """Put a fitted model on record as a run; the run and the checksum of its file."""
    run = client.create_run(_experiment(client, workspace), run_name=scorer.name)
    for key, value in metrics.items():
        client.log_metric(run.info.run_id, key, value)
    described = {"model": scorer.name, "inputs": " ".join(scorer.inputs), "data_version": data_version}
    for key, text in {**described, **artefact.versions()}.items():
        client.log_param(run.info.run_id, key, text)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.skops"
        sha256 = artefact.save(scorer, file)
        client.log_artifact(run.info.run_id, str(file))
    client.set_terminated(run.info.run_id)
    return run, sha256


def _register(client: Any, name: str, run: Any, sha256: str, workspace: Path) -> int:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = run.info.artifact_uri
    file = Path(url2pathname(urlsplit(source).path)) / "model.skops"
    tags = {"sha256": sha256, "file": file.relative_to(workspace.resolve()).as_posix()}
    made = client.create_model_version(name, source=source, run_id=run.info.run_id, tags=tags)
    client.set_registered_model_alias(name, CHALLENGER, made.version)
    return int(made.version)


def _challenger(client: Any, name: str) -> Any:
    make(name)
    try:
        return client.get_model_version_by_alias(name, CHALLENGER)
    except Exception as error:
        raise ValueError(f"No version of {name} was trained in this workspace; train it first.") from error
