"""Market in, alerts out; and how a run is kept so that it can be read again next year."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from detect.beyond import beyond_hits
from detect.frames import prepared
from detect.fuse import fuse
from detect.linking import link
from detect.others import NO_SCORES, OtherScores, score_others, supporting
from detect.parameters import ParameterSet, tuned
from detect.parties import PARTY_GRAINS, PartyVerdicts
from detect.points import RunPoint
from detect.queue import Choice, choose, q_values, told, usual_contracts
from detect.rule import Level, Rule, State, all_rules
from detect.run import Verdicts, judge_frames
from features.catalogue import Grain
from models.drift import hit_columns
from models.frame import with_blocks
from models.scorer import Scorer
from records.source import BadInput
from records.tables import Market

CONTEXT = (
    "title", "buyer_name", "region", "category", "mechanism", "estimate", "currency", "deadline_at", "n_bids",
)  # fmt: skip
_BY_TENDER = ("scores", "unusual", "hits", "facts", "states", "bid_scores")
_OF_TENDER = (*_BY_TENDER, "alerts", "queue", "excused")
_OF_PARTIES = ("party_alerts", "party_hits", "party_tenders", "party_scores")
ROW_GROUP = 20_000
"""Rows of a file that are read together; one tender of a sorted file lies in one or two such groups."""

LATER = list(RunPoint)
"""Points in the order in which they come."""

SCORER = "scorer.zip"
"""File of a run with what it fitted; the manifest has its checksum."""

_UNSCORED = {"tender_id": pl.String, "score": pl.Float64}


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


def score(
    market: Market,
    *,
    rules: Sequence[Rule] | None = None,
    scorer: Scorer | None = None,
    fit: bool = False,
    others: Sequence[Scorer] = (),
    records_version: int | None = None,
    parameters: Sequence[ParameterSet] = (),
    choice: Choice | None = None,
) -> Run:
    """Judge every tender by every rule, add the anomaly score, and rank what is worth a look.

    With `fit`, the scorer first learns from this very market what is usual. `others` score bids, firms and
    groups: what counts of theirs adds to alerts about parties, which never turn RED by it. Where a parameter
    set holds at a tender's place and deadline, its limits count instead of the rules' own. `choice` cuts the
    queue; by default every alert is in it.

    Raises:
        BadInput: a parameter set names a rule or limit that does not exist.

    """
    asked = all_rules().values() if rules is None else rules
    chosen = {r.id: r for r in tuned(list(asked), parameters)}
    frames = prepared(market, list(chosen.values()))
    verdicts = judge_frames(frames, list(chosen.values()))
    said = score_others(frames.build, others)
    inputs = inputs_of(chosen, parameters, records_version)
    return of_verdicts(verdicts, market, chosen, inputs, scorer=scorer, fit=fit, others=said, choice=choice)


def of_verdicts(
    verdicts: Verdicts,
    market: Market,
    chosen: Mapping[str, Rule],
    inputs: Mapping[str, Any],
    *,
    scorer: Scorer | None = None,
    fit: bool = False,
    others: OtherScores = NO_SCORES,
    choice: Choice | None = None,
) -> Run:
    """What belongs to all tenders together: score, levels, queue, cases; see `score`.

    Args:
        verdicts: on every tender and party; `tenders` has what the score and the list of alerts read.
        market: for blocks on demand that the scorer reads.
        chosen: the rules that judged, by id.
        inputs: see `inputs_of`.
        scorer: as for `score`.
        fit: as for `score`.
        others: what models of bids, firms and groups say.
        choice: as for `score`.

    """
    tenders = verdicts.tenders if scorer is None else with_blocks(verdicts.tenders, market, scorer)
    if scorer is not None and scorer.reads_hits:
        tenders = hits_of(verdicts.hits, tenders, chosen)
    if scorer is not None and fit:
        scorer = scorer.fit(tenders)
    scores = fused(verdicts, tenders, scorer, chosen)
    alerts = alerts_of(scores, tenders, verdicts)
    cut = choice or Choice()
    queue = choose(cut, scores, tenders, q_values(verdicts.hits, verdicts.states, chosen))
    cases = link(verdicts.hits, tenders)
    of_case = (
        cases.select("case_id", tender_id="tender_ids")
        .explode("tender_id")
        .unique("tender_id", keep="first", maintain_order=True)
    )
    alerts = alerts.join(queue.select("tender_id", "place", "worth"), on="tender_id", how="left").join(
        of_case, on="tender_id", how="left"
    )
    inputs = {**inputs, "model": _model(scorer, fit)}
    of_all = {"usual_contracts": usual_contracts(tenders), "other_models": list(others.models)}
    run = Run(
        manifest={**manifest_of(inputs, tenders, alerts), "queue": told(cut, queue), **of_all},
        alerts=alerts,
        scores=scores.select("tender_id", "attention", "level", "score"),
        unusual=unusual_of(alerts, tenders, scorer),
        hits=verdicts.hits,
        facts=verdicts.facts,
        states=verdicts.states,
        counts=verdicts.counts(),
        excused=verdicts.excused,
        missing=pl.concat([verdicts.missing, verdicts.parties.missing]),
        party_alerts=party_alerts_of(verdicts.parties, tenders, chosen, supporting(others.parties)),
        party_hits=verdicts.parties.hits,
        party_tenders=verdicts.parties.tenders,
        queue=queue,
        cases=cases,
        bid_scores=others.bids,
        party_scores=others.parties,
    )
    return run if scorer is None or not fit else FittedRun(**vars(run), scorer=scorer)


def fused(
    verdicts: Verdicts, tenders: pl.DataFrame, scorer: Scorer | None, rules: Mapping[str, Rule]
) -> pl.DataFrame:
    """What rules and the anomaly score say of each tender together, see `detect.fuse.fuse`."""
    scored = pl.DataFrame(schema=_UNSCORED) if scorer is None else scorer.score(tenders)
    counted = scored if scorer is None else beyond_hits(scorer, tenders, scored)
    scores = fuse(tenders.select("tender_id"), verdicts.hits, counted, rules).drop("score")
    return scores.join(scored.select("tender_id", "score"), on="tender_id", how="left", maintain_order="left")


def hits_of(hits: pl.DataFrame, tenders: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Tenders with a boolean column `hit <rule>.<version>` for every rule about tenders, bids and ties."""
    versions = {i: f"{i}.{r.version}" for i, r in rules.items() if r.grain not in PARTY_GRAINS}
    return hit_columns(
        hits.with_columns(pl.col("rule_id").replace_strict(versions, return_dtype=pl.String)),
        tenders,
        list(versions.values()),
    )


def save(run: Run, workspace: Path) -> Path:
    """Write a run below `<workspace>/runs` in one step and point `latest` at it, unless it is a part."""
    target, unfinished = _folders(workspace, run)
    for name in _frames():
        frame = getattr(run, name)
        kept = frame.sort("tender_id") if name in _BY_TENDER else frame
        kept.write_parquet(unfinished / f"{name}.parquet", row_group_size=ROW_GROUP)
    manifest = dict(run.manifest)
    if isinstance(run, FittedRun):
        from models import artefact

        manifest["model"] = {**manifest["model"], "sha256": artefact.save(run.scorer, unfinished / SCORER)}
    (unfinished / "run.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
    unfinished.rename(target)
    if "scope" in manifest:
        return target
    runs = workspace / "runs"
    pointer = runs / ".latest"
    pointer.write_text(run.run_id)
    pointer.replace(runs / "latest")
    return target


def _folders(workspace: Path, run: Run) -> tuple[Path, Path]:
    """Where a run will lie, and an empty folder in which it is made."""
    runs = workspace / "runs"
    unfinished = runs / f".{run.run_id}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    return runs / run.run_id, unfinished


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
    return load(folder if tender_id is None else latest_of(folder, tender_id), tender_id)


def latest_of(newest: Path, tender_id: str) -> Path:
    """The run that knows most of a tender, the newest of several: that of all tenders, or one added to it."""
    for folder in reversed(runs_since(newest)):
        if folder == newest:
            break
        scores = pl.scan_parquet(folder / "scores.parquet")
        if not scores.filter(pl.col("tender_id") == tender_id).head(1).collect().is_empty():
            return folder
    return newest


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
    queues = [pl.read_parquet(file) for file in sorted((workspace / "runs").glob("*/queue.parquet"))]
    if not queues:
        return None
    chosen = pl.concat(q.select("tender_id", pl.col("selection").cast(pl.Float64)) for q in queues)
    return chosen.drop_nulls().group_by("tender_id").agg(pl.col("selection").max()).sort("tender_id")


def alerts_of(scores: pl.DataFrame, tenders: pl.DataFrame, verdicts: Verdicts) -> pl.DataFrame:
    """The tenders worth a look, worst first, with their context."""
    unknown = verdicts.states.select(
        "tender_id",
        pl.sum_horizontal(pl.lit(0), pl.exclude("tender_id") == State.NOT_EVALUABLE.value).alias(
            "n_not_evaluable"
        ),
    )
    return (
        scores.filter(pl.col("level") >= Level.YELLOW)
        .join(tenders.select("tender_id", *CONTEXT), on="tender_id", how="left")
        .join(unknown, on="tender_id", how="left")
        .sort("level", "attention", "tender_id", descending=[True, True, False])
    )


def party_alerts_of(
    parties: PartyVerdicts, tenders: pl.DataFrame, rules: Mapping[str, Rule], scores: pl.DataFrame
) -> pl.DataFrame:
    """Parties that a rule hit with their tenders, and what the pattern of a group looks like."""
    key = ["grain", "party_id"]
    units = parties.hits.select(key).unique(maintain_order=True)
    of = parties.tenders.join(tenders.select("tender_id", "deadline_at"), on="tender_id", how="left")
    spoken_of = of.group_by(key).agg(
        pl.len().alias("n_tenders"),
        pl.col("deadline_at").min().alias("first_deadline"),
        pl.col("deadline_at").max().alias("last_deadline"),
    )
    return (
        fuse(units, parties.hits, scores, rules).drop("score")
        .filter(pl.col("level") >= Level.YELLOW)
        .join(spoken_of, on=key, how="left")
        .join(parties.likeness.with_columns(grain=pl.lit(Grain.GROUP.value)), on=key, how="left")
        .sort("level", "attention", *key, descending=[True, True, False, False])
    )  # fmt: skip


def unusual_of(alerts: pl.DataFrame, tenders: pl.DataFrame, scorer: Scorer | None) -> pl.DataFrame:
    """The anomaly score's reasons for the tenders with an alert."""
    if scorer is None:
        return pl.DataFrame(schema={"tender_id": pl.String})
    return scorer.explain(tenders.join(alerts, on="tender_id", how="semi"))


def _model(scorer: Scorer | None, fit: bool) -> dict[str, str] | None:
    if scorer is None:
        return None
    return {"name": scorer.name, "fitted": "on this market" if fit else "earlier"}


def inputs_of(
    rules: Mapping[str, Rule], parameters: Sequence[ParameterSet], records_version: int | None
) -> dict[str, Any]:
    """What a run judges by, as its manifest tells it."""
    return {
        "records_version": records_version,
        "rules": {r.id: {"version": r.version, "limits": r.limits} for r in rules.values()},
        "parameter_sets": {s.id: s.told() for s in parameters},
    }


def manifest_of(inputs: Mapping[str, Any], tenders: pl.DataFrame, alerts: pl.DataFrame) -> dict[str, Any]:
    """A run's id, time, inputs and numbers."""
    started = datetime.now(UTC)
    fingerprint = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:8]
    return {
        "run_id": f"{started:%Y%m%dT%H%M%S%f}-{fingerprint}",
        "started_at": started.isoformat(timespec="seconds"),
        **inputs,
        "n_tenders": tenders.height,
        "n_alerts": {level.name: int((alerts["level"] == level).sum()) for level in reversed(Level)},
    }


def _frames() -> list[str]:
    return [f.name for f in fields(Run) if f.name != "manifest"]
