"""A run and how it is kept, so that it can be read again next year: all of it, or as far as a page needs."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import polars as pl

from detect.points import RunPoint
from models.scorer import Scorer
from records.source import BadInput, Busy
from records.workspace import locked

_PARTY = ("grain", "party_id")
_BY_TENDER = ("scores", "unusual", "hits", "facts", "states", "bid_scores")
_OF_TENDER = (*_BY_TENDER, "alerts", "queue", "excused")
_OF_PARTIES = ("party_alerts", "party_hits", "party_tenders", "party_scores")
ROW_GROUP = 20_000
"""Rows of a file that are read together; one tender of a sorted file lies in one or two such groups."""

LATER = list(RunPoint)
"""Points in the order in which they come."""

PATIENCE = 60.0
"""Seconds for which a run that is made waits while another one takes its place."""

SCORER = "scorer.zip"
"""File of a run with what it fitted; the manifest has its checksum."""


@dataclass(frozen=True)
class Run:
    """One scoring of a market.

    * `manifest`: run id, time, version of the records, rules with versions and limits, model.
    * `alerts`: worst first; level, attention, fired rules and the tender's context.
    * `scores`: every tender, whether it raised an alert or not. `score` is the model's; where the model reads
      hits, `attention` and `level` count what it would say without them, since hits bring points themselves.
    * `unusual`: the anomaly score's reasons for the tenders with an alert.
    * `party_alerts`: firms, pairs, groups, buyers and experts worth a look, worst first; for a group the
      `scheme` that its pattern looks like, null if none fits, with points and `signs` (`detect.schemes`).
    * `party_hits`, `party_tenders`: see `detect.parties.PartyVerdicts`.
    * `queue`: what people are asked to look at, see `detect.queue.choose`.
    * `cases`: tenders that one web of evidence ties together, see `detect.linking.link`; alerts carry the
      `case_id`.
    * `bid_scores`, `party_scores`: what models of bids, firms and groups say, see `detect.others`.
    * the other frames: see `detect.run.Verdicts`; `counts` and `missing` speak of parties, too.

    The manifest of a run that speaks of some tenders only has a `scope`, see `detect.incremental`.
    """

    manifest: Mapping[str, Any]
    alerts: pl.DataFrame
    scores: pl.DataFrame
    unusual: pl.DataFrame
    hits: pl.DataFrame
    facts: pl.DataFrame
    states: pl.DataFrame
    counts: pl.DataFrame
    excused: pl.DataFrame
    missing: pl.DataFrame
    party_alerts: pl.DataFrame
    party_hits: pl.DataFrame
    party_tenders: pl.DataFrame
    queue: pl.DataFrame
    cases: pl.DataFrame
    bid_scores: pl.DataFrame
    party_scores: pl.DataFrame

    @property
    def run_id(self) -> str:
        """Time and fingerprint of what was run."""
        return str(self.manifest["run_id"])

    def figures(self) -> dict[str, Any]:
        """What a log keeps of it: its id, which records it read, tenders and alerts."""
        alerts = {f"n_{level.lower()}": n for level, n in self.manifest["n_alerts"].items()}
        return {name: self.manifest[name] for name in ("run_id", "records_version", "n_tenders")} | alerts


@dataclass(frozen=True)
class FittedRun(Run):
    """A run with the scorer that it fitted on its market, by which later tenders can be scored."""

    scorer: Scorer


def save(run: Run, workspace: Path) -> Path:
    """Write a run below `<workspace>/runs` in one step and point `latest` at it, unless it is a part.

    Raises:
        Busy: meanwhile a later run was kept, or one of later records, of which this one knows nothing.

    """
    runs = workspace / "runs"
    target = runs / run.run_id
    with _unfinished(runs / f".{run.run_id}") as folder:
        _write(run, folder)
        with locked(runs / "lock", PATIENCE):
            _refuse_late(run, runs)
            folder.rename(target)
            if "scope" not in run.manifest:
                pointer = runs / ".latest"
                pointer.write_text(run.run_id)
                pointer.replace(runs / "latest")
    return target


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """An empty folder in which a run is made; what is left of it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(run: Run, folder: Path) -> None:
    for name in _frames():
        frame = getattr(run, name)
        kept = frame.sort("tender_id") if name in _BY_TENDER else frame
        kept.write_parquet(folder / f"{name}.parquet", row_group_size=ROW_GROUP)
    manifest = dict(run.manifest)
    if isinstance(run, FittedRun):
        from models import artefact

        manifest["model"] = {**manifest["model"], "sha256": artefact.save(run.scorer, folder / SCORER)}
    (folder / "run.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1))


def _refuse_late(run: Run, runs: Path) -> None:
    """A run would hide what a later one, or one of later records, has said of tenders since it began."""
    pointer = runs / "latest"
    newest = runs / pointer.read_text("utf-8").strip() if pointer.exists() else None
    if newest is None or not (newest / "run.json").is_file():
        return
    versions = [manifest(folder)["records_version"] or 0 for folder in runs_since(newest)]
    own = run.manifest["records_version"]
    if newest.name > run.run_id or (own is not None and max(versions, default=own) > own):
        raise Busy(
            f"Records were imported and scored while run {run.run_id} went on", "bidlens score",
            "Score the records again.",
        )  # fmt: skip


def load(
    folder: Path, tender_id: str | None = None, *, only: Mapping[str, Sequence[str]] | None = None
) -> Run:
    """Read a run that `save` wrote; with a tender, only what it says of that one, and of parties nothing.

    That is enough for `detect.explain.explain`, and takes as long for a million tenders as for a few.

    Args:
        folder: of the run.
        tender_id: the one tender to read of.
        only: these frames with these of their columns (none named: all); the others come without rows.

    """
    read = {name: scan(folder, name) for name in _frames()}
    if only is not None:
        asked = {name: read[name].select(columns or pl.all()) for name, columns in only.items()}
        read = {name: asked.get(name, frame.clear()) for name, frame in read.items()}
    if tender_id is not None:
        of = {name: pl.col("tender_id") == tender_id for name in _OF_TENDER}
        of |= {"cases": pl.col("tender_ids").list.contains(tender_id)}
        read |= {name: read[name].filter(rows) for name, rows in of.items()}
        read |= {name: read[name].clear() for name in _OF_PARTIES}
    return Run(manifest(folder), **dict(zip(read, pl.collect_all(read.values()), strict=True)))


def scan(folder: Path, frame: str) -> pl.LazyFrame:
    """One frame of a run that `save` wrote, read as far as it is asked for."""
    return pl.scan_parquet(folder / f"{frame}.parquet")


def manifest(folder: Path) -> dict[str, Any]:
    """What a run says of itself, see `Run.manifest`."""
    told: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return told


def latest(workspace: Path, tender_id: str | None = None) -> Run | None:
    """The newest run of a workspace, or None before the first; with a tender, as `load` reads it.

    Of one tender a newer run may tell that speaks of some tenders only.
    """
    folder = latest_folder(workspace)
    if folder is None:
        return None
    return load(folder) if tender_id is None else of_tender(latest_of(folder, tender_id), tender_id)


def latest_of(newest: Path, tender_id: str) -> Path:
    """The run that knows most of a tender, the newest of several: that of all tenders, or one added to it."""
    for folder in reversed(runs_since(newest)):
        if folder == newest:
            break
        scores = pl.scan_parquet(folder / "scores.parquet")
        if not scores.filter(pl.col("tender_id") == tender_id).head(1).collect().is_empty():
            return folder
    return newest


def alerts_by_now(newest: Path) -> pl.DataFrame:
    """Alerts, worst first, each tender's by the run that knows most of it (`latest_of`)."""
    told, judged = [], pl.DataFrame(schema={"tender_id": pl.String})
    for folder in reversed(runs_since(newest)):
        told.append(scan(folder, "alerts").join(judged.lazy(), on="tender_id", how="anti").collect())
        judged = pl.concat([judged, scan(folder, "scores").select("tender_id").collect()])
    worst = ["level", "attention", "tender_id"]
    return pl.concat(told, how="diagonal").sort(worst, descending=[True, True, False])


def runs_since(newest: Path, point: RunPoint = RunPoint.AWARD) -> list[Path]:
    """The newest full run and those added to it, of this point or earlier: who knows most comes last."""
    found = []
    for folder in newest.parent.glob("[0-9]*"):
        if folder.name >= newest.name and (folder / "run.json").is_file():
            scope = json.loads((folder / "run.json").read_text("utf-8")).get("scope")
            knows = LATER.index(RunPoint(scope["point"]) if scope else RunPoint.AWARD)
            found += [(knows, folder.name, folder)] if knows <= LATER.index(point) else []
    return [folder for _, _, folder in sorted(found)]


def latest_folder(workspace: Path) -> Path | None:
    """Where the newest run of a workspace lies, or None before the first.

    Raises:
        BadInput: the workspace points to what is no run of its own.

    """
    pointer = workspace / "runs" / "latest"
    if not pointer.exists():
        return None
    name = pointer.read_text("utf-8").strip()
    if Path(name).name != name or not (pointer.parent / name / "run.json").is_file():
        raise BadInput(f"There is no run {name!r}", str(pointer), "Score the records again: bidlens score")
    return pointer.parent / name


def selections(workspace: Path) -> pl.DataFrame | None:
    """With what probability each tender came under review in any run: `tender_id, selection`."""
    queues = [pl.read_parquet(file) for file in sorted((workspace / "runs").glob("[!.]*/queue.parquet"))]
    if not queues:
        return None
    chosen = pl.concat(q.select("tender_id", pl.col("selection").cast(pl.Float64)) for q in queues)
    return chosen.drop_nulls().group_by("tender_id").agg(pl.col("selection").max()).sort("tender_id")


def summary(folder: Path) -> Run:
    """A run's manifest, counts by rule, and columns that were missing; of tenders and parties nothing."""
    return load(folder, only={"counts": (), "missing": ()})


def of_tender(folder: Path, tender_id: str) -> Run:
    """What a run says of one tender; how often rules hit, from the full run that it may extend."""
    run = load(folder, tender_id)
    scope = run.manifest.get("scope")
    return run if scope is None else replace(run, counts=summary(folder.parent / scope["base_run"]).counts)


def of_parties(folder: Path, chosen: pl.DataFrame) -> Run:
    """What a run says of some rows of its `party_alerts`; enough for `detect.explain.explain_parties`."""
    ids = pl.col("party_id").is_in(chosen["party_id"].to_list())
    wanted = chosen.select(_PARTY).lazy()
    hits, tenders = pl.collect_all(
        scan(folder, frame).filter(ids).join(wanted, on=_PARTY, how="semi", maintain_order="left")
        for frame in ("party_hits", "party_tenders")
    )
    return replace(summary(folder), party_alerts=chosen, party_hits=hits, party_tenders=tenders)


def _frames() -> list[str]:
    return [f.name for f in fields(Run) if f.name != "manifest"]
