"""Market in, verdicts out: every rule on every tender, in four states."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from detect.exclusions import judged
from detect.parties import COUNTS, PARTY_GRAINS, PartyVerdicts, judge_parties
from detect.rule import Rule, State
from detect.verdict import FOUND, MISSING, counted, found, levels, missing
from features.build import Build
from features.catalogue import KEYS, Grain
from records.tables import Market

STATE = pl.Enum([s.value for s in State])
UNKNOWN_MECHANISM_CONFIDENCE = 0.7


@dataclass(frozen=True)
class Verdicts:
    """What a run found.

    * `states`: `tender_id` and one column per rule id, the four states.
    * `hits`: `tender_id, rule_id, level, subjects, strength, confidence, p_value, parameter_set,
      evidence` (JSON of the values that the rule and its conditions read); `subjects` are bidder ids,
      empty when the rule speaks of the tender; `p_value` is null for facts, `parameter_set` for
      default limits.
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
        long = self.states.unpivot(index="tender_id", variable_name="rule_id", value_name="state")
        table = long.group_by("rule_id").agg(
            pl.lit(Grain.TENDER.value).alias("grain"),
            *((pl.col("state") == s.value).sum().alias(s.value) for s in State),
        )
        return pl.concat([table.cast(COUNTS), self.parties.counts]).sort("rule_id")


def judge(market: Market, rules: Sequence[Rule]) -> Verdicts:
    """Evaluate rules on every tender of a market, and on its parties."""
    own, plain = [r for r in rules if r.grain not in PARTY_GRAINS], Build(market)
    plain.collected(Grain.TENDER)
    shared, crossed = (
        judged(plain.table(name), market.relations).collect() for name in ("shared_values", "crossed_values")
    )
    net = plain.replacing("shared_values", _unexplained(shared)).replacing(
        "crossed_values", _unexplained(crossed)
    )
    tenders = net.collected(Grain.TENDER)
    frames, raw_ties, rest = _collect(net, plain, own)
    frames[Grain.TENDER] = tenders
    states, hits, excused, stuck = [], [], [], []
    for r in own:
        listed = frames[r.grain]
        verdict = levels(listed, r)
        flagged = listed.filter(verdict > 0)
        hits.append(_hits(flagged, verdict.filter(verdict > 0), r))
        asked = [(listed, verdict)]
        if r.grain == Grain.TIE:
            excused.append(_excused(raw_ties.filter(levels(raw_ties, r) > 0), flagged, r))
            asked.append((rest, levels(rest, r)))
        states.append(_states(tenders, asked, r).alias(r.id))
        stuck.append(_missing(asked[-1][0], tenders, r))
    return Verdicts(
        tenders.select("tender_id").hstack(states),
        pl.concat(hits) if hits else pl.DataFrame(schema=HIT),
        pl.concat([shared, crossed], how="diagonal_relaxed"),
        pl.concat(excused) if excused else pl.DataFrame(schema=EXCUSED),
        pl.concat(stuck) if stuck else pl.DataFrame(schema=MISSING),
        tenders,
        judge_parties(net, [r for r in rules if r.grain in PARTY_GRAINS]),
    )


def _unexplained(facts: pl.DataFrame) -> pl.LazyFrame:
    return facts.lazy().filter(pl.col("exclusion").is_null())


HIT = pl.Schema([("tender_id", pl.String()), *FOUND.items()])
EXCUSED = pl.Schema(
    [("tender_id", pl.String()), ("rule_id", pl.String()), ("subjects", pl.List(pl.String()))]
)


def _collect(
    net: Build, plain: Build, rules: Sequence[Rule]
) -> tuple[dict[Grain, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """Frames of the finer grains, ties before exclusions, and one row per tender for ties not listed.

    Only the columns that the rules read are made.
    """
    grains = sorted({Grain.TIE, *(r.grain for r in rules)} - {Grain.TENDER})
    rest = net.unlisted(Grain.TIE).filter(_RIVALS >= 2)
    *frames, raw_ties, unlisted = pl.collect_all(
        [
            *(net.grain(g).select(_read_at(g, rules)) for g in grains),
            plain.grain(Grain.TIE).select(_read_at(Grain.TIE, rules)),
            rest.select("tender_id", *_read_at(Grain.TIE, rules)[len(KEYS[Grain.TIE]) :]),
        ]
    )
    return dict(zip(grains, frames, strict=True)), raw_ties, unlisted


_ROUTING = ("mechanism", "jurisdiction", "deadline_at")
"""Columns of the tender that decide whether and how a rule speaks."""


def _read_at(grain: Grain, rules: Sequence[Rule]) -> list[str]:
    """Keys, routing columns and what the rules of a grain read."""
    reads = (name for r in rules if r.grain == grain for name in r.reads)
    return list(dict.fromkeys([*KEYS[grain], *_ROUTING, *reads]))


_RIVALS = pl.min_horizontal("n_bids", "n_firms")
"""Bids or firms, whichever are fewer: below two there is no tie to look at."""


_RANK = {State.NOT_APPLICABLE: 0, State.NOT_EVALUABLE: 1, State.CLEAR: 2, State.HIT: 3}


def _states(tenders: pl.DataFrame, asked: Sequence[tuple[pl.DataFrame, pl.Series]], r: Rule) -> pl.Series:
    """State per tender from those of its rows: hit, else clear if any is, else the rest.

    A tender without rows has no bids on record, which nobody can judge, or too few to make a tie.
    """
    rows = pl.concat(
        frame.select("tender_id", r.state(pl.lit(verdict)).alias("state")) for frame, verdict in asked
    )
    rank = pl.col("state").replace_strict(_RANK, return_dtype=pl.Int8)
    best = rows.group_by("tender_id").agg(rank.max().alias("rank"))
    without = pl.when(r.routed() & (pl.col("n_bids").fill_null(0) == 0)).then(1).otherwise(0)
    named = pl.coalesce("rank", without).replace_strict(
        {rank: state.value for state, rank in _RANK.items()}, return_dtype=STATE
    )
    return tenders.join(best, on="tender_id", how="left", maintain_order="left").select(named).to_series()


def _hits(rows: pl.DataFrame, level: pl.Series, r: Rule) -> pl.DataFrame:
    sides = [c for c in KEYS[r.grain] if c.startswith("bidder")]
    subjects = pl.concat_list(sides) if sides else pl.lit([], pl.List(pl.String))
    unsure = pl.col("mechanism").is_null() & pl.lit(r.mechanisms is not None)
    confidence = pl.when(unsure).then(UNKNOWN_MECHANISM_CONFIDENCE).otherwise(1.0)
    return rows.select("tender_id").hstack(found(rows, level, r, subjects, confidence))


def _excused(candidates: pl.DataFrame, hits: pl.DataFrame, r: Rule) -> pl.DataFrame:
    return candidates.join(hits, on=KEYS[r.grain], how="anti").select(
        "tender_id",
        pl.lit(r.id).alias("rule_id"),
        pl.concat_list("bidder_a", "bidder_b").alias("subjects"),
    )


def _missing(frame: pl.DataFrame, tenders: pl.DataFrame, r: Rule) -> pl.DataFrame:
    if r.grain == Grain.TENDER:
        return missing(frame, r)
    bidless = tenders.filter(r.routed() & (pl.col("n_bids").fill_null(0) == 0)).height
    return pl.concat([missing(frame, r), counted(pl.DataFrame({"bids": [bidless]}), r)])
