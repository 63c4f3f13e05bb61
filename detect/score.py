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
from detect.others import BID_SCORES, PARTY_SCORES, score_others, supporting
from detect.parameters import ParameterSet, tuned
from detect.parties import PARTY_GRAINS, PartyVerdicts
from detect.queue import Choice, choose, q_values, told
from detect.rule import Level, Rule, State, all_rules
from detect.run import Verdicts, judge_frames
from features.catalogue import Grain
from models.drift import hit_columns
from models.frame import with_blocks
from models.scorer import Scorer
from records.source import BadInput
from records.tables import Market

_CONTEXT = (
    "title", "buyer_name", "region", "category", "mechanism", "estimate", "currency", "deadline_at", "n_bids",
)  # fmt: skip
_BY_TENDER = ("scores", "unusual", "hits", "facts", "states", "bid_scores")
_OF_TENDER = (*_BY_TENDER, "alerts", "queue", "excused")
_OF_PARTIES = ("party_alerts", "party_hits", "party_tenders", "party_scores")
ROW_GROUP = 20_000
"""Rows of a file that are read together; one tender of a sorted file lies in one or two such groups."""

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
    tenders = verdicts.tenders if scorer is None else with_blocks(verdicts.tenders, market, scorer)
    if scorer is not None and scorer.reads_hits:
        tenders = hits_of(verdicts.hits, tenders, chosen)
    if scorer is not None and fit:
        scorer = scorer.fit(tenders)
    scored = pl.DataFrame(schema=_UNSCORED) if scorer is None else scorer.score(tenders)
    counted = scored if scorer is None else beyond_hits(scorer, tenders, scored)
    scores = fuse(tenders.select("tender_id"), verdicts.hits, counted, chosen).drop("score")
    scores = scores.join(
        scored.select("tender_id", "score"), on="tender_id", how="left", maintain_order="left"
    )
    alerts = _alerts(scores, tenders, verdicts)
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
    bid_scores, party_scores = score_others(frames.build, others)
    manifest = _manifest(chosen, parameters, _model(scorer, fit), records_version, tenders, alerts)
    return Run(
        manifest={**manifest, "queue": told(cut, queue), "other_models": [s.name for s in others]},
        alerts=alerts,
        scores=scores.select("tender_id", "attention", "level", "score"),
        unusual=_unusual(alerts, tenders, scorer),
        hits=verdicts.hits,
        facts=verdicts.facts,
        states=verdicts.states,
        counts=verdicts.counts(),
        excused=verdicts.excused,
        missing=pl.concat([verdicts.missing, verdicts.parties.missing]),
        party_alerts=_party_alerts(verdicts.parties, tenders, chosen, supporting(party_scores)),
        party_hits=verdicts.parties.hits,
        party_tenders=verdicts.parties.tenders,
        queue=queue,
        cases=cases,
        bid_scores=bid_scores,
        party_scores=party_scores,
    )


def hits_of(hits: pl.DataFrame, tenders: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Tenders with a boolean column `hit <rule>.<version>` for every rule about tenders, bids and ties."""
    versions = {i: f"{i}.{r.version}" for i, r in rules.items() if r.grain not in PARTY_GRAINS}
    return hit_columns(
        hits.with_columns(pl.col("rule_id").replace_strict(versions, return_dtype=pl.String)),
        tenders,
        list(versions.values()),
    )


def save(run: Run, workspace: Path) -> Path:
    """Write a run below `<workspace>/runs` in one step and point `latest` at it."""
    runs = workspace / "runs"
    target, unfinished = runs / run.run_id, runs / f".{run.run_id}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name in _frames():
        frame = getattr(run, name)
        kept = frame.sort("tender_id") if name in _BY_TENDER else frame
        kept.write_parquet(unfinished / f"{name}.parquet", row_group_size=ROW_GROUP)
    (unfinished / "run.json").write_text(json.dumps(run.manifest, ensure_ascii=False, indent=1))
    unfinished.rename(target)
    pointer = runs / ".latest"
    pointer.write_text(run.run_id)
    pointer.replace(runs / "latest")
    return target


def load(folder: Path, tender_id: str | None = None) -> Run:
    """Read a run that `save` wrote; with a tender, only what it says of that one, and of parties nothing.

    That is enough for `detect.explain.explain`, and takes as long for a million tenders as for a few.
    """
    manifest = json.loads((folder / "run.json").read_text())
    read = {name: _scanned(folder / f"{name}.parquet") for name in _frames()}
    if tender_id is not None:
        of = {name: pl.col("tender_id") == tender_id for name in _OF_TENDER}
        of |= {"cases": pl.col("tender_ids").list.contains(tender_id)}
        of |= dict.fromkeys(_OF_PARTIES, pl.lit(False))
        read |= {name: read[name].filter(rows) for name, rows in of.items()}
    return Run(manifest, **dict(zip(read, pl.collect_all(read.values()), strict=True)))


_LATER = {"bid_scores": BID_SCORES, "party_scores": PARTY_SCORES}
"""Frames that runs of earlier versions do not have."""


def _scanned(file: Path) -> pl.LazyFrame:
    earlier = file.stem in _LATER and not file.exists()
    return _LATER[file.stem].to_frame().lazy() if earlier else pl.scan_parquet(file)


def latest(workspace: Path, tender_id: str | None = None) -> Run | None:
    """The newest run of a workspace, or None before the first; with a tender, as `load` reads it."""
    folder = latest_folder(workspace)
    return None if folder is None else load(folder, tender_id)


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


def _alerts(scores: pl.DataFrame, tenders: pl.DataFrame, verdicts: Verdicts) -> pl.DataFrame:
    unknown = verdicts.states.select(
        "tender_id",
        pl.sum_horizontal(pl.lit(0), pl.exclude("tender_id") == State.NOT_EVALUABLE.value).alias(
            "n_not_evaluable"
        ),
    )
    return (
        scores.filter(pl.col("level") >= Level.YELLOW)
        .join(tenders.select("tender_id", *_CONTEXT), on="tender_id", how="left")
        .join(unknown, on="tender_id", how="left")
        .sort("level", "attention", "tender_id", descending=[True, True, False])
    )


def _party_alerts(
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


def _unusual(alerts: pl.DataFrame, tenders: pl.DataFrame, scorer: Scorer | None) -> pl.DataFrame:
    if scorer is None:
        return pl.DataFrame(schema={"tender_id": pl.String})
    return scorer.explain(tenders.join(alerts, on="tender_id", how="semi"))


def _model(scorer: Scorer | None, fit: bool) -> dict[str, str] | None:
    if scorer is None:
        return None
    return {"name": scorer.name, "fitted": "on this market" if fit else "earlier"}


def _manifest(
    rules: Mapping[str, Rule],
    parameters: Sequence[ParameterSet],
    model: Mapping[str, str] | None,
    records_version: int | None,
    tenders: pl.DataFrame,
    alerts: pl.DataFrame,
) -> dict[str, Any]:
    inputs = {
        "records_version": records_version,
        "rules": {r.id: {"version": r.version, "limits": r.limits} for r in rules.values()},
        "parameter_sets": {s.id: s.told() for s in parameters},
        "model": model,
    }
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
