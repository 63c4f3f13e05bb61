"""Some tenders scored from the records that they need: the alerts of a full run, without reading everything.

What belongs to all tenders together is left to full runs: party alerts, the links between cases, and the cut
of the queue. A part takes over from its base run, the newest full one, the scorer, the size of usual
contracts, and of known alerts their place, worth and case; new alerts stand in the queue.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from detect.frames import read_at
from detect.kept import SCORER, Run, latest_folder
from detect.linking import CASES
from detect.others import NO_SCORES, supporting
from detect.parameters import ParameterSet, tuned
from detect.parties import PARTY_GRAINS
from detect.points import RunPoint, known_by, with_sealed
from detect.queue import Choice, choose, q_values, told
from detect.rule import Rule, all_rules
from detect.run import judge
from detect.score import (
    CONTEXT,
    alerts_of,
    fused,
    hits_of,
    inputs_of,
    manifest_of,
    party_alerts_of,
    unusual_of,
)
from features.build import Build
from features.catalogue import Grain
from features.histories import Stored, tables_of
from features.needs import Needs, needs
from features.slice import Rows, Scan, sliced
from models.scorer import Scorer
from records.index import Index
from records.source import BadInput
from records.store import Store
from records.tables import Market

_FROM_BASE = pl.Schema(
    {"tender_id": pl.String, "place": pl.String, "worth": pl.Float64, "case_id": pl.String}
)


@dataclass(frozen=True)
class Base:
    """The full run that a part extends: where it lies, and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]

    @cached_property
    def scorer(self) -> Scorer | None:
        """What that run fitted; None where it fitted nothing.

        Raises:
            Refused: the file is missing, changed or not to be trusted.

        """
        from models import artefact

        checksum = (self.manifest["model"] or {}).get("sha256")
        return None if checksum is None else artefact.load(self.folder / SCORER, checksum)

    def known(self, asked: Collection[str]) -> pl.DataFrame:
        """What it made of the alerts of some tenders: `tender_id, place, worth, case_id`."""
        alerts = pl.scan_parquet(self.folder / "alerts.parquet").filter(
            pl.col("tender_id").is_in(list(asked))
        )
        return alerts.select(_FROM_BASE.names()).cast(_FROM_BASE).collect()


def base_of(workspace: Path) -> Base:
    """The newest full run of a workspace.

    Raises:
        BadInput: there is none, or one that an older bidlens made.

    """
    folder = latest_folder(workspace)
    manifest = {} if folder is None else json.loads((folder / "run.json").read_text("utf-8"))
    if folder is None or "usual_contracts" not in manifest:
        raise BadInput(
            "There is no full run that some tenders could be added to", str(workspace), "Run: bidlens score"
        )
    return Base(folder, manifest)


class Histories(Protocol):
    """Gives a build the frames that are kept of all tenders, as far as some read them."""

    def given(self, build: Build, names: Collection[str], asked: Sequence[str]) -> Build:
        """The same build, of the part of the market that the tenders `asked` need, with kept frames."""


class Whole:
    """Histories, and whatever else needs the whole market, made from all its records."""

    def __init__(self, market: Market) -> None:
        self._build = Build(market)

    def given(self, build: Build, names: Collection[str], *_: object) -> Build:
        """The same build with frames and blocks of all tenders."""
        for name in names:
            build = build.replacing(name, self._build.table(name))
        return build


@dataclass(frozen=True)
class Source:
    """Where a part finds its records: rows by their values, the histories of the market, and all of it.

    The whole market is read only for what has no smaller reach.
    """

    rows: Rows
    histories: Histories
    market: Market

    @classmethod
    def of_market(cls, market: Market) -> "Source":
        """Everything read from the tables of a market."""
        return cls(Scan(market), Whole(market), market)

    @classmethod
    def of_store(cls, store: Store) -> "Source":
        """Rows from sorted copies of the tables and stored histories, which are brought up to date first.

        Raises:
            Busy: another process brings them up to date, or did so with later imports.

        """
        index = Index(store)
        index.bring_up()
        stored = Stored(index)
        stored.bring_up()
        return cls(index, stored, index.store.market())

    def part(self, asked: Sequence[str], reads: Needs) -> tuple[Market, Build]:
        """The records that some tenders need, and a build of them with the frames that need more."""
        parts = sliced(self.rows, asked, reads.tables | tables_of(reads.kept), reads.reaches)
        ids = pl.LazyFrame({"tender_id": list(asked)}, schema={"tender_id": pl.String})
        wider = Build(parts.wider, asked=ids, needs=reads)
        build = Build(parts.own, asked=ids, needs=reads, wider=wider)
        build = self.histories.given(build, reads.kept, asked)
        return parts.own, Whole(self.market).given(build, reads.of_market) if reads.of_market else build


def needed(rules: Sequence[Rule], inputs: Sequence[str]) -> Needs:
    """What rules about tenders, bids and ties read, and the score (`inputs`), and the list of alerts."""
    also = (*CONTEXT, "n_firms", "ceiling", "lowest_bid", *inputs)
    columns = {grain: read_at(grain, rules) for grain in (Grain.TENDER, Grain.BID, Grain.TIE)}
    return needs({**columns, Grain.TENDER: [*columns[Grain.TENDER], *also]})


# Hundreds of queries on few rows each: the streaming engine takes longer to begin one than to answer it.
@pl.Config(engine_affinity="in-memory", apply_on_context_enter=True)
def score_some(
    source: Source,
    asked: Sequence[str],
    base: Base,
    *,
    rules: Sequence[Rule] | None = None,
    scorer: Scorer | None = None,
    point: RunPoint = RunPoint.AWARD,
    records_version: int | None = None,
    parameters: Sequence[ParameterSet] = (),
    why: str = "asked for",
) -> Run:
    """Judge some tenders by every rule about tenders, bids and ties; see the module for what is left out.

    Args:
        source: where to find the records.
        asked: ids of the tenders.
        base: the full run that this one extends.
        rules: all by default; those about parties are left to full runs.
        scorer: fitted, of the base run's making or the champion.
        point: rules that read what is not public by then come out as not evaluable.
        records_version: of the records, for the manifest.
        parameters: as for `detect.score.score`.
        why: these tenders, for the manifest.

    Raises:
        BadInput: the scorer reads blocks that only a full run makes; a parameter set is wrong.

    """
    _servable(scorer)
    own = [r for r in tuned(list(_all(rules)), parameters) if r.grain not in PARTY_GRAINS]
    judged, sealed = known_by(own, point)
    chosen = {r.id: r for r in judged}
    scorer = None if point == RunPoint.UPLOAD else scorer
    reads = needed(judged, () if scorer is None else scorer.inputs)
    part, build = source.part(asked, reads)
    verdicts = judge(part, judged, build)
    tenders = verdicts.tenders
    if scorer is not None and scorer.reads_hits:
        tenders = hits_of(verdicts.hits, tenders, chosen)
    scores = fused(verdicts, tenders, scorer, chosen)
    verdicts = with_sealed(verdicts, sealed, point)
    usual = base.manifest["usual_contracts"]
    worth = choose(Choice(), scores, tenders, q_values(verdicts.hits, verdicts.states, chosen), usual)
    known = base.known(asked)
    queue = worth.join(known.select("tender_id", kept="place"), on="tender_id", how="left").with_columns(
        pl.coalesce("kept", "place").alias("place")
    )
    alerts = alerts_of(scores, tenders, verdicts).join(
        queue.select("tender_id", "place", "worth"), on="tender_id", how="left"
    )
    alerts = alerts.join(known.select("tender_id", "case_id"), on="tender_id", how="left")
    every = {r.id: r for r in own}
    inputs = {**inputs_of(every, parameters, records_version), "model": _model(scorer, base)}
    scope = {"tenders": tenders.height, "point": point.value, "base_run": base.manifest["run_id"], "why": why}
    return Run(
        manifest={
            **manifest_of({**inputs, "scope": scope}, tenders, alerts),
            "queue": told(Choice(), queue),
        },
        alerts=alerts,
        scores=scores.select("tender_id", "attention", "level", "score"),
        unusual=unusual_of(alerts, tenders, scorer),
        hits=verdicts.hits,
        facts=verdicts.facts.filter(pl.col("tender_id").is_in(list(asked))),
        states=verdicts.states,
        counts=verdicts.counts(),
        excused=verdicts.excused,
        missing=verdicts.missing,
        party_alerts=party_alerts_of(verdicts.parties, tenders, chosen, supporting(NO_SCORES.parties)),
        party_hits=verdicts.parties.hits,
        party_tenders=verdicts.parties.tenders,
        queue=queue.drop("kept"),
        cases=pl.DataFrame(schema=CASES),
        bid_scores=NO_SCORES.bids,
        party_scores=NO_SCORES.parties,
    )


def _all(rules: Sequence[Rule] | None) -> Sequence[Rule]:
    return list(all_rules().values()) if rules is None else rules


def _servable(scorer: Scorer | None) -> None:
    if scorer is not None and scorer.blocks:
        raise BadInput(
            f"Model {scorer.name} reads {', '.join(scorer.blocks)}, which only a full run makes",
            "bidlens score",
            "Score all tenders: bidlens score; or leave the model out: --no-model.",
        )


def _model(scorer: Scorer | None, base: Base) -> dict[str, str] | None:
    if scorer is None:
        return None
    fitted = f"by run {base.manifest['run_id']}" if scorer is base.scorer else "earlier"
    return {"name": scorer.name, "fitted": fitted}
