"""Versions of models on record: who is champion, who challenges, and why the one followed the other.

Every grain has a champion of its own. MLflow keeps the history (`models.tracking`). Pointer files in the
workspace name the champions, so that scoring needs no MLflow; promotion writes them last. `promotions.jsonl`
tells every change of champion.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import polars as pl

from features.catalogue import Grain
from models import artefact
from models.compare import MAIN, SCORED, curve, figures, plot, said, versus, worse
from models.likeness import Likeness
from models.protocol import Protocol, Trial, file_of
from models.scorer import Scorer, all_models, make
from models.strata import MIN_MARKET
from models.tracking import as_json, client_of, fetched, keep, new_run, server
from records.source import BadInput

DEFAULT = "ecod"
"""The model to train unless told otherwise; `benchmarks.rings` compares them."""
CHAMPION, CHALLENGER = "champion", "challenger"
LOG = "promotions.jsonl"


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


class WorseThanChampionError(BadInput):
    """A challenger that the frozen test holds back; `table` says by how much."""

    def __init__(self, table: pl.DataFrame, workspace: Path) -> None:
        row = table.filter(metric=MAIN).row(0, named=True)
        super().__init__(
            f"The challenger is worse than the champion: {MAIN} {row['challenger']:.3f} against "
            f"{row['champion']:.3f}",
            str(workspace),
            "Keep the champion, or promote with --force and a --reason, which is kept.",
        )
        self.table = table


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
    first = not _pointer(workspace, scorer.grain).exists()
    if first:
        _enthrone(client, workspace, _version(client, name, str(version)), {"why": "first version"})
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
    protocol = _protocol(workspace, grain)
    if protocol is None:
        raise BadInput(
            f"There are too few labels of {grain}s for a frozen test",
            str(workspace),
            "Import decisions (20 collusive and 20 others), then train again.",
        )
    challenger = _version(client, name, None)
    champion = _champion(client, workspace, grain)
    own = _scores(client, challenger, protocol, workspace, trial)
    other = None
    if champion is not None and champion.run_id != challenger.run_id:
        other = _scores(client, champion, protocol, workspace, trial)
    table = versus(other, own, protocol)
    told = {"protocol": protocol.told(), "champion": champion and f"{champion.name} {champion.version}"}
    keep(client, challenger.run_id, {}, {"evaluation.json": as_json({**told, "table": table.to_dicts()})})
    return table


def promote(workspace: Path, name: str, *, force: str | None = None) -> int:
    """Make the challenger the champion, the model that scoring uses, and return its version.

    Without a frozen test, for want of labels, nothing is compared.

    Args:
        workspace: folder that holds `mlflow.db` and `models/`.
        name: of the model.
        force: why a challenger takes the place although it is worse; kept in `promotions.jsonl`.

    Raises:
        ValueError: no such model, or none was trained.
        WorseThanChampionError: the frozen test holds the challenger back, with the table.
        Refused: the challenger's file cannot be used.

    """
    client = client_of(workspace)
    version = _version(client, name, None)
    artefact.load(_file(client, version, workspace), version.tags["sha256"])
    told: dict[str, Any] = {"why": "no frozen test to compare on"}
    if _protocol(workspace, make(name).grain) is not None:
        table = evaluate(workspace, name)
        if worse(table) and not force:
            raise WorseThanChampionError(table, workspace)
        told = {"why": f"forced: {force}" if worse(table) else "not worse", "table": table.to_dicts()}
    _enthrone(client, workspace, version, told)
    return int(version.version)


def rollback(workspace: Path, grain: Grain = Grain.TENDER) -> dict[str, Any]:
    """Give the place back to the champion of a grain before this one, and return its entry.

    Raises:
        BadInput: there was none before.
        Refused: its file cannot be used any more.

    """
    changes = [change for change in promotions(workspace) if make(change["name"]).grain == grain]
    before = _before(changes)
    if before is None:
        raise BadInput("There is no earlier champion", str(workspace), "Train and promote a model first.")
    client = client_of(workspace)
    version = _version(client, before["name"], str(before["version"]))
    undone = f"{changes[-1]['name']} {changes[-1]['version']}"
    _enthrone(client, workspace, version, {"why": f"rollback from {undone}", "rollback": True})
    return before


def fetch(workspace: Path, name: str) -> int:
    """Take over the champion that another workspace promoted on the same tracking server; its version.

    Raises:
        ValueError: no such model.
        BadInput: nobody promoted this model there.
        Refused: the artefact cannot be used here.

    """
    make(name)
    client = client_of(workspace)
    try:
        version = client.get_model_version_by_alias(name, CHAMPION)
    except Exception as error:
        raise BadInput(
            f"No version of {name} was promoted", server(workspace) or str(workspace), "Run: bidlens promote"
        ) from error
    _enthrone(client, workspace, version, {"why": "fetched"})
    return int(version.version)


def promotions(workspace: Path) -> list[dict[str, Any]]:
    """Every change of champion, oldest first."""
    log = workspace / "models" / LOG
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def load_champion(workspace: Path, name: str | None = None, grain: Grain = Grain.TENDER) -> Scorer | None:
    """The promoted version of a model, or None before the first promotion.

    Without a name it is the model of the grain that was promoted last.

    Raises:
        Refused: the file is missing or changed, or was written for other inputs or versions.

    """
    pointer = _pointer(workspace, name or grain)
    if not pointer.exists():
        return None
    entry = json.loads(pointer.read_text())
    return artefact.load(workspace / entry["file"], entry["sha256"])


def champion_of(workspace: Path, name: str) -> dict[str, Any]:
    """The entry of the champion of a model's grain, empty before the first promotion."""
    known = all_models().get(name)
    pointer = _pointer(workspace, known.grain if known else name)
    return dict(json.loads(pointer.read_text())) if pointer.exists() else {}


def _coverage(scores: pl.DataFrame, grain: Grain) -> dict[str, float]:
    scored = scores.filter(pl.col("score").is_not_null())
    wide = pl.col("stratum").str.starts_with("any mechanism") | (pl.col("stratum") == "whole market")
    return {
        f"{grain}s": float(scores.height),
        f"scored_{grain}s": float(scored.height),
        "strata": float(scored["stratum"].n_unique()),
        "widened_share": float(scored.select(wide.mean().fill_null(0.0)).item()),
    }


def _pointer(workspace: Path, of: str) -> Path:
    """Names the champion of a grain, or the promoted version of a model."""
    return workspace / "models" / f"{'' if of == Grain.TENDER else f'{of}.'}champion.json"


def _write(pointer: Path, entry: Mapping[str, Any]) -> None:
    unfinished = pointer.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(entry))
    unfinished.replace(pointer)


def _protocol(workspace: Path, grain: Grain) -> Protocol | None:
    file = file_of(workspace, grain)
    return Protocol.of(file.read_text("utf-8")) if file.exists() else None


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


def _enthrone(client: Any, workspace: Path, version: Any, told: Mapping[str, Any]) -> None:
    """Check the file, move the alias, tell the log, and point scoring at the version."""
    file = _file(client, version, workspace)
    sha256 = version.tags["sha256"]
    artefact.load(file, sha256)
    entry = {
        "name": version.name,
        "version": int(version.version),
        "file": file.relative_to(workspace.resolve()).as_posix(),
        "sha256": sha256,
    }
    client.set_registered_model_alias(version.name, CHAMPION, version.version)
    client.set_model_version_tag(version.name, version.version, "promoted_because", told["why"])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with (workspace / "models" / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps({"at": now, **entry, **told}, ensure_ascii=False) + "\n")
    _write(_pointer(workspace, version.name), entry)
    _write(_pointer(workspace, make(version.name).grain), entry)


def _before(changes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The champion below the present one: a rollback takes the last from the pile, a promotion adds to it."""
    pile: list[dict[str, Any]] = []
    for change in changes:
        if change.get("rollback"):
            pile.pop()
        else:
            pile.append(change)
    return pile[-2] if len(pile) > 1 else None


def _file(client: Any, version: Any, workspace: Path) -> Path:
    file = fetched(client, version.run_id, "model.zip", workspace)
    return (workspace / "models" / "missing.zip" if file is None else file).resolve()


def _register(client: Any, name: str, run: Any, sha256: str) -> int:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(
        name, source=run.info.artifact_uri, run_id=run.info.run_id, tags={"sha256": sha256}
    )
    client.set_registered_model_alias(name, CHALLENGER, made.version)
    return int(made.version)


def _version(client: Any, name: str, number: str | None) -> Any:
    """A version by number, or the challenger."""
    make(name)
    try:
        if number is not None:
            return client.get_model_version(name, number)
        return client.get_model_version_by_alias(name, CHALLENGER)
    except Exception as error:
        raise ValueError(f"No version of {name} was trained in this workspace; train it first.") from error


def _champion(client: Any, workspace: Path, grain: Grain) -> Any | None:
    pointer = _pointer(workspace, grain)
    if not pointer.exists():
        return None
    entry = json.loads(pointer.read_text())
    return _version(client, entry["name"], str(entry["version"]))
