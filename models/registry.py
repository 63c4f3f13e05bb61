"""Versions of models on record: trained, called challenger, judged against the champion.

MLflow keeps the history (`models.tracking`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import polars as pl

from features.catalogue import Grain
from models import artefact
from models.champion import enthrone, pointer_of
from models.compare import SCORED, curve, figures, plot, said, versus
from models.likeness import Likeness
from models.protocol import Protocol, Trial, file_of
from models.scorer import make
from models.strata import MIN_MARKET
from models.tracking import as_json, client_of, fetched, keep, new_run
from records.source import BadInput

DEFAULT = "ecod"
"""The model to train unless told otherwise; `benchmarks.rings` compares them."""
CHALLENGER = "challenger"


@dataclass(frozen=True)
class Trained:
    """A new version on record; `champion` when there was none before and it took the place at once."""

    name: str
    version: int
    run_id: str
    metrics: Mapping[str, float]
    champion: bool

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def train(
    frame: pl.DataFrame,
    name: str,
    workspace: Path,
    *,
    data_version: int | str | None = None,
    trial: Trial | None = None,
    base_rate: float | None = None,
) -> Trained:
    """Fit a model on its grain's frame, put it on record and call it the challenger.

    With a trial, a twin of the model learns from the trial's training rows only and is judged on the frozen
    test; the model itself learns from everything. Where there is no champion yet, the model has nobody to be
    compared with and is promoted at once.

    Args:
        frame: feature frame of the model's grain, with labels for models that need them.
        name: of the model.
        workspace: folder that holds `mlflow.db` and `models/`.
        data_version: of the records, kept with the run.
        trial: see `models.protocol.frozen`.
        base_rate: share of all tenders that is collusive, for models that state probabilities.

    Raises:
        ValueError: no such model, or the frame lacks inputs.
        BadInput: nothing in the frame can be scored.

    """
    started = perf_counter()
    scorer = make(name).fit(frame)
    if base_rate is not None and isinstance(scorer, Likeness):
        scorer.base_rate = base_rate
    metrics = {"fit_seconds": perf_counter() - started, **_coverage(scorer.score(frame), scorer.grain)}
    of = scorer.grain.value
    if not metrics[f"scored_{of}s"]:
        needs = f"20 {of}s that were found collusive, and 20 others" if scorer.labelled else (
            f"{MIN_MARKET} tenders with at least two valid bids"
        )  # fmt: skip
        raise BadInput(
            f"Model {name} finds nothing to learn in {frame.height:,} {of}s",
            str(workspace),
            f"Import more: it needs {needs}.",
        )
    client = client_of(workspace)
    described = {"model": name, "inputs": " ".join(scorer.inputs), "data_version": data_version}
    run = new_run(client, workspace, name, {**described, **artefact.versions()})
    run_id = str(run.info.run_id)
    with TemporaryDirectory() as folder:
        sha256 = artefact.save(scorer, Path(folder) / "model.zip")
        client.log_artifact(run_id, str(Path(folder) / "model.zip"))
    if trial is not None:
        metrics |= _judge(client, run_id, name, trial)
    keep(client, run_id, metrics, {})
    client.set_terminated(run_id)
    version = _register(client, name, run, sha256)
    first = not pointer_of(workspace, scorer.grain).exists()
    if first:
        enthrone(client, workspace, version_of(client, name, str(version)), {"why": "first version"})
    return Trained(name, version, run_id, metrics, champion=first)


def evaluate(workspace: Path, name: str, trial: Trial | None = None) -> pl.DataFrame:
    """The challenger against the champion on the frozen test (see `models.compare.TABLE`).

    A version that was trained before the test was drawn has no figures on it; with `trial` a twin of it is
    fitted and judged now.

    Raises:
        ValueError: no such model, or none was trained.
        BadInput: there is no frozen test, or a version has no figures on it.

    """
    client = client_of(workspace)
    grain = make(name).grain
    protocol = protocol_of(workspace, grain)
    if protocol is None:
        raise BadInput(
            f"There are too few labels of {grain}s for a frozen test",
            str(workspace),
            "Import decisions (20 collusive and 20 others), then train again.",
        )
    challenger = version_of(client, name, None)
    champion = _champion(client, workspace, grain)
    own = _scores(client, challenger, protocol, workspace, trial)
    other = None
    if champion is not None and champion.run_id != challenger.run_id:
        other = _scores(client, champion, protocol, workspace, trial)
    table = versus(other, own, protocol)
    told = {"protocol": protocol.told(), "champion": champion and f"{champion.name} {champion.version}"}
    keep(client, challenger.run_id, {}, {"evaluation.json": as_json({**told, "table": table.to_dicts()})})
    return table


def version_of(client: Any, name: str, number: str | None) -> Any:
    """A version by number, or the challenger."""
    make(name)
    try:
        if number is not None:
            return client.get_model_version(name, number)
        return client.get_model_version_by_alias(name, CHALLENGER)
    except Exception as error:
        raise ValueError(f"No version of {name} was trained in this workspace; train it first.") from error


def protocol_of(workspace: Path, grain: Grain) -> Protocol | None:
    """The frozen test of a grain, None where labels were too few to draw one."""
    file = file_of(workspace, grain)
    return Protocol.of(file.read_text("utf-8")) if file.exists() else None


def _coverage(scores: pl.DataFrame, grain: Grain) -> dict[str, float]:
    scored = scores.filter(pl.col("score").is_not_null())
    wide = pl.col("stratum").str.starts_with("any mechanism") | (pl.col("stratum") == "whole market")
    return {
        f"{grain}s": float(scores.height),
        f"scored_{grain}s": float(scored.height),
        "strata": float(scored["stratum"].n_unique()),
        "widened_share": float(scored.select(wide.mean().fill_null(0.0)).item()),
    }


def _judge(client: Any, run_id: str, name: str, trial: Trial) -> dict[str, float]:
    """Fit a twin on the training side, judge it on the test side, and keep everything with the run."""
    scored = said(make(name).fit(trial.training).score(trial.test))
    found = figures(scored, trial.protocol)
    print_of = trial.protocol.fingerprint
    files: dict[str, bytes | str] = {
        "protocol.json": trial.protocol.json(),
        f"test-{print_of}.json": scored.write_json(),
        "figures.json": as_json({"protocol": trial.protocol.told(), "figures": found}),
        "reliability.json": as_json(curve(scored, trial.protocol)),
        "curves.png": plot(scored, trial.protocol, name),
    }
    measured = {f"test_{metric}": value for metric, value in found.items()}
    keep(client, run_id, measured, files)
    client.set_tag(run_id, "protocol", print_of)
    return measured


def _scores(
    client: Any, version: Any, protocol: Protocol, workspace: Path, trial: Trial | None
) -> pl.DataFrame:
    """What a version's twin said of the frozen test."""
    kept = f"test-{protocol.fingerprint}.json"
    file = fetched(client, version.run_id, kept, workspace)
    if file is None and trial is not None:
        _judge(client, version.run_id, version.name, trial)
        file = fetched(client, version.run_id, kept, workspace)
    if file is None:
        raise BadInput(
            f"Version {version.version} of {version.name} has no figures on the frozen test",
            str(workspace),
            "Run: bidlens evaluate",
        )
    return pl.read_json(file, schema={**dict.fromkeys(protocol.keys, pl.String()), **SCORED})


def _register(client: Any, name: str, run: Any, sha256: str) -> int:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(
        name, source=run.info.artifact_uri, run_id=run.info.run_id, tags={"sha256": sha256}
    )
    client.set_registered_model_alias(name, CHALLENGER, made.version)
    return int(made.version)


def _champion(client: Any, workspace: Path, grain: Grain) -> Any | None:
    pointer = pointer_of(workspace, grain)
    if not pointer.exists():
        return None
    entry = json.loads(pointer.read_text())
    return version_of(client, entry["name"], str(entry["version"]))
