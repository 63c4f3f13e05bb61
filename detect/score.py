"""Market in, alerts out."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from detect.beyond import beyond_hits
from detect.frames import prepared
from detect.fuse import fuse
from detect.kept import FittedRun, Run
from detect.linking import link
from detect.others import (
    NO_SCORES,
    OtherScores,
    frames_of,
    score_others,
    supporting,
    supporting_inputs,
)
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
from records.tables import Market

CONTEXT = (
    "title", "buyer_name", "region", "category", "mechanism", "estimate", "currency", "deadline_at", "n_bids",
)  # fmt: skip
_UNSCORED = {"tender_id": pl.String, "score": pl.Float64}


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
    said = score_others(frames_of(frames.build, others), market, others)
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
    of_all = {
        "point": RunPoint.AWARD.value,
        "usual_contracts": usual_contracts(tenders),
        "other_models": list(others.models),
    }
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
    inputs = () if scorer is None else scorer.inputs
    scores = fuse(tenders.select("tender_id"), verdicts.hits, counted, rules, inputs).drop("score")
    return scores.join(scored.select("tender_id", "score"), on="tender_id", how="left", maintain_order="left")


def hits_of(hits: pl.DataFrame, tenders: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Tenders with a boolean column `hit <rule>.<version>` for every rule about tenders, bids and ties."""
    versions = {i: f"{i}.{r.version}" for i, r in rules.items() if r.grain not in PARTY_GRAINS}
    return hit_columns(
        hits.with_columns(pl.col("rule_id").replace_strict(versions, return_dtype=pl.String)),
        tenders,
        list(versions.values()),
    )


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
        fuse(units, parties.hits, scores, rules, supporting_inputs()).drop("score")
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
