"""Market in, verdicts out: every rule on every tender, in four states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from detect.frames import Frames, prepared, read_at
from detect.parties import COUNTS, PARTY_GRAINS, PartyVerdicts, judge_parties
from detect.rule import Rule, State
from detect.verdict import FOUND, MISSING, NOT_APPLICABLE, counted, found, missing, named, places, verdicts
from features.build import Build
from features.catalogue import KEYS, Grain
from features.hashed import hashed
from records.tables import Market

UNKNOWN_MECHANISM_CONFIDENCE = 0.7


@dataclass(frozen=True)
class Verdicts:
    """What a run found.

    * `states`: `tender_id` and one column per rule id, the four states.
    * `hits`: `tender_id, rule_id, level, found_level, subjects, strength, confidence, p_value, parameter_set,
      evidence` (JSON of the values that the rule and its conditions read), `looks`; `found_level` differs
      from `level` where RED is held back; `subjects` are bidder ids, empty when the rule speaks of the
      tender; `p_value` is null for facts, `parameter_set` for default limits; `looks` is how many bids or
      ties of the tender were tried at that chance, 1 where it speaks of the whole tender.
    * `facts`: the shared values behind hits and candidates, with `exclusion` where explained; `kind_b` is
      the role of the second bidder where it differs.
    * `excused`: `tender_id, rule_id, subjects` that hit before exclusions and not after.
    * `missing`: `rule_id, column, n`: how often a null column kept a rule from being evaluated, in
      rows of the rule's grain (ties that share nothing: in tenders); column `bids` counts tenders
      without a bid on record.
    * `tenders`: the feature frame of the tender grain.
    * `parties`: what the rules about firms, pairs, groups, buyers and experts found.
    """

    states: pl.DataFrame
    hits: pl.DataFrame
    facts: pl.DataFrame
    excused: pl.DataFrame
    missing: pl.DataFrame
    tenders: pl.DataFrame
    parties: PartyVerdicts

    def counts(self) -> pl.DataFrame:
        """Rows per rule and state: `rule_id, grain` and one column per state.

        Rules about bids and ties count tenders; rules about parties count the parties.
        """
        rules = self.states.columns[1:]
        of = {s.value: [self.states[i].eq(s.value).sum() for i in rules] for s in State}
        grain = [Grain.TENDER.value] * len(rules)
        table = pl.DataFrame({"rule_id": rules, "grain": grain, **of}, schema=COUNTS)
        return pl.concat([table, self.parties.counts]).sort("rule_id")


def judge(
    market: Market,
    rules: Sequence[Rule],
    build: Build | None = None,
    after: Mapping[str, pl.LazyFrame] | None = None,
) -> Verdicts:
    """Evaluate rules on every tender of a market, and on its parties; for the others see `prepared`."""
    return judge_frames(prepared(market, rules, build, after), rules)


def judge_frames(frames: Frames, rules: Sequence[Rule]) -> Verdicts:
    """Evaluate rules on frames that were prepared for them."""
    own = [r for r in rules if r.grain not in PARTY_GRAINS]
    judged = [
        _of_grain(frames, g, [r for r in own if r.grain == g]) for g in dict.fromkeys(r.grain for r in own)
    ]
    states = pl.concat(
        [frames.rows[Grain.TENDER].select("tender_id"), *(g.states for g in judged)], how="horizontal"
    )
    return Verdicts(
        states.select("tender_id", *(r.id for r in own)),
        _stacked([g.hits for g in judged], HIT),
        frames.facts,
        _stacked([g.excused for g in judged], EXCUSED),
        _stacked([g.missing for g in judged], MISSING),
        frames.rows[Grain.TENDER],
        judge_parties(frames.build, frames.parties, [r for r in rules if r.grain in PARTY_GRAINS]),
    )


HIT = pl.Schema([("tender_id", pl.String()), *FOUND.items(), ("looks", pl.UInt32())])
EXCUSED = pl.Schema(
    [("tender_id", pl.String()), ("rule_id", pl.String()), ("subjects", pl.List(pl.String()))]
)


class _Judged(NamedTuple):
    """What the rules of one grain found; `states` has a row per tender and a column per rule."""

    states: pl.DataFrame
    hits: list[pl.DataFrame]
    excused: list[pl.DataFrame]
    missing: list[pl.DataFrame]


def _of_grain(frames: Frames, grain: Grain, rules: Sequence[Rule]) -> _Judged:
    tenders, rows = frames.rows[Grain.TENDER], frames.rows[grain]
    found = verdicts(rows, rules, frames.lists)
    hits = [_hits(frames, rows, found[r.id], r) for r in rules]
    if grain == Grain.TENDER:
        stuck = [missing(rows, found, rules)]
        return _Judged(found.select(named(places(pl.col(r.id))).alias(r.id) for r in rules), hits, [], stuck)
    if grain != Grain.TIE:
        stuck = [missing(rows, found, rules), _bidless(tenders, rules)]
        return _Judged(_states(tenders, [(rows, found)], rules), hits, [], stuck)
    before, rest = (verdicts(ties, rules, frames.lists) for ties in (frames.raw_ties, frames.unlisted))
    excused = [
        _excused(_hit(frames.raw_ties, before[r.id], r), _hit(rows, found[r.id], r), r)
        for r in rules
        if (before[r.id] > 0).any()
    ]
    stuck = [missing(frames.unlisted, rest, rules), _bidless(tenders, rules)]
    states = _states(tenders, [(rows, found), (frames.unlisted, rest)], rules)
    return _Judged(states, hits, excused, stuck)


def _states(
    tenders: pl.DataFrame, asked: Sequence[tuple[pl.DataFrame, pl.DataFrame]], rules: Sequence[Rule]
) -> pl.DataFrame:
    """State per tender from those of its rows: hit, else clear if any is, else the rest.

    A tender without rows has no bids on record, which nobody can judge, or too few to make a tie.
    """
    ids = [r.id for r in rules]
    rows = pl.concat(
        frame.select("tender_id").hstack(found.select(places(pl.col(i)).alias(i) for i in ids))
        for frame, found in asked
    )
    strongest = rows.group_by(hashed("tender_id")).agg(pl.col(ids).min())
    best = tenders.select(hashed("tender_id"), "mechanism", "n_bids").join(
        strongest, on="_hash", how="left", maintain_order="left"
    )
    bidless = pl.col("n_bids").fill_null(0) == 0
    unseen = {
        r.id: pl.when(r.routed() & bidless).then(pl.lit(None, pl.Int8)).otherwise(NOT_APPLICABLE)
        for r in rules
    }
    return best.select(named(pl.col(i).fill_null(places(unseen[i]))).alias(i) for i in ids)


def _hit(rows: pl.DataFrame, verdict: pl.Series, r: Rule) -> pl.DataFrame:
    """The rows that are hit, with what the rule reads: evidence is made for these alone."""
    return rows.select(read_at(r.grain, [r])).filter(verdict > 0)


def _hits(frames: Frames, rows: pl.DataFrame, verdict: pl.Series, r: Rule) -> pl.DataFrame:
    sides = [c for c in KEYS[r.grain] if c.startswith("bidder")]
    if not (verdict > 0).any():
        return HIT.to_frame()
    subjects = pl.concat_list(sides) if sides else pl.lit([], pl.List(pl.String))
    unsure = pl.col("mechanism").is_null() & pl.lit(r.mechanisms is not None)
    confidence = pl.when(unsure).then(UNKNOWN_MECHANISM_CONFIDENCE).otherwise(1.0)
    hit = _hit(rows, verdict, r)
    told = hit.select("tender_id").hstack(found(hit, verdict.filter(verdict > 0), r, subjects, confidence))
    if r.of_whole or not r.chances:
        return told.with_columns(looks=pl.lit(1, pl.UInt32))
    return told.join(_looks(frames, rows, verdict, r), on="tender_id", how="left", maintain_order="left")


def _looks(frames: Frames, rows: pl.DataFrame, verdict: pl.Series, r: Rule) -> pl.DataFrame:
    """`tender_id, looks`: rows of a tender that were judged; all its ties where the unlisted ones were."""
    judged = rows.select("tender_id").filter(verdict >= 0).group_by("tender_id").agg(looks=pl.len())
    if r.grain != Grain.TIE:
        return judged
    rest = frames.unlisted.select("tender_id").filter(verdicts(frames.unlisted, [r])[r.id] >= 0)
    firms = pl.col("n_firms").cast(pl.UInt32)
    of_all = frames.rows[Grain.TENDER].join(rest, on="tender_id", how="semi")
    pairs = of_all.select("tender_id", looks=firms * (firms - 1) // 2)
    return pl.concat([judged, pairs]).group_by("tender_id").agg(pl.col("looks").max())


def _excused(candidates: pl.DataFrame, hits: pl.DataFrame, r: Rule) -> pl.DataFrame:
    return candidates.join(hits, on=KEYS[r.grain], how="anti").select(
        "tender_id",
        pl.lit(r.id).alias("rule_id"),
        pl.concat_list("bidder_a", "bidder_b").alias("subjects"),
    )


def _bidless(tenders: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """How many tenders each rule could not judge for want of a bid on record."""
    bidless = pl.col("n_bids").fill_null(0) == 0
    counts = tenders.select((r.routed() & bidless).sum().alias(r.id) for r in rules)
    return counted([(r.id, "bids") for r in rules], counts.row(0))


def _stacked(frames: list[list[pl.DataFrame]], schema: pl.Schema) -> pl.DataFrame:
    parts = [part for of_grain in frames for part in of_grain]
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
