"""Market in, verdicts out: every rule on every tender, in four states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from detect.exclusions import judged
from detect.rule import Rule, State
from features.build import Build
from features.catalogue import KEYS, Grain
from records.tables import Market

STATE = pl.Enum([s.value for s in State])
UNKNOWN_MECHANISM_CONFIDENCE = 0.7


@dataclass(frozen=True)
class Verdicts:
    """What a run found.

    * `states`: `tender_id` and one column per rule id, the four states.
    * `hits`: `tender_id, rule_id, level, subjects, strength, confidence, evidence` (JSON of the
      values that the rule read); `subjects` are bidder ids, empty when the rule speaks of the tender.
    * `facts`: the shared values behind tie hits and candidates, with `exclusion` where explained.
    * `excused`: `tender_id, rule_id, subjects` that hit before exclusions and not after.
    * `missing`: `rule_id, column, n`: how often a null column kept a rule from being evaluated.
    """

    states: pl.DataFrame
    hits: pl.DataFrame
    facts: pl.DataFrame
    excused: pl.DataFrame
    missing: pl.DataFrame
    frames: Mapping[Grain, pl.DataFrame]

    def counts(self) -> pl.DataFrame:
        """Tenders per rule and state: `rule_id` and one column per state."""
        long = self.states.unpivot(index="tender_id", variable_name="rule_id", value_name="state")
        table = long.group_by("rule_id").agg((pl.col("state") == s.value).sum().alias(s.value) for s in State)
        return table.sort("rule_id")


def judge(market: Market, rules: Sequence[Rule]) -> Verdicts:
    """Evaluate rules on every tender of a market."""
    plain = Build(market)
    facts = judged(plain.table("shared_values")).collect()
    net = Build(market, {"shared_values": facts.lazy().filter(pl.col("exclusion").is_null())})
    frames, raw_ties, rest = _collect(net, plain, rules)
    tenders = frames[Grain.TENDER]
    states, hits, excused, missing = [], [], [], []
    for r in rules:
        listed = frames[r.grain]
        verdict = _verdict(listed, r)
        hits.append(_hits(listed.filter(verdict > 0), verdict.filter(verdict > 0), r))
        if r.grain == Grain.TENDER:
            state, nulls = _state(listed, r, verdict), listed
        elif r.grain == Grain.BID:
            state, nulls = _of_tender(tenders, listed, verdict, r), listed
        else:
            state, nulls = _of_tender(tenders, listed, verdict, r, rest), rest
            candidates = raw_ties.filter(_verdict(raw_ties, r) > 0)
            excused.append(_excused(candidates, listed.filter(verdict > 0), r))
        states.append(state.alias(r.id))
        missing.append(_missing(nulls, r))
    return Verdicts(
        tenders.select("tender_id").hstack(states),
        pl.concat(hits) if hits else pl.DataFrame(schema=HIT),
        facts,
        pl.concat(excused) if excused else pl.DataFrame(schema=EXCUSED),
        pl.concat(missing) if missing else pl.DataFrame(schema=MISSING),
        frames,
    )


HIT = pl.Schema(
    [
        ("tender_id", pl.String()),
        ("rule_id", pl.String()),
        ("level", pl.Int8()),
        ("subjects", pl.List(pl.String())),
        ("strength", pl.Float64()),
        ("confidence", pl.Float64()),
        ("evidence", pl.String()),
    ]
)
EXCUSED = pl.Schema(
    [("tender_id", pl.String()), ("rule_id", pl.String()), ("subjects", pl.List(pl.String()))]
)
MISSING = pl.Schema([("rule_id", pl.String()), ("column", pl.String()), ("n", pl.UInt32())])


def _collect(
    net: Build, plain: Build, rules: Sequence[Rule]
) -> tuple[dict[Grain, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    grains = [
        Grain.TENDER,
        *sorted({r.grain for r in rules} - {Grain.TENDER, Grain.TIE}),
        Grain.TIE,
    ]
    lazy = [net.grain(g) for g in grains]
    *collected, raw_ties, rest = pl.collect_all([*lazy, plain.grain(Grain.TIE), net.unlisted(Grain.TIE)])
    return dict(zip(grains, collected, strict=True)), raw_ties, rest


def _verdict(frame: pl.DataFrame, r: Rule) -> pl.Series:
    """Level per row; 0 clear or not applicable, null not evaluable."""
    return frame.select(pl.when(r.applicable()).then(r.verdict()).otherwise(0).alias("verdict")).to_series()


def _state(frame: pl.DataFrame, r: Rule, verdict: pl.Series) -> pl.Series:
    return frame.select(
        pl.when(~r.applicable()).then(pl.lit(State.NOT_APPLICABLE.value))
        .when(verdict.is_null()).then(pl.lit(State.NOT_EVALUABLE.value))
        .when(verdict > 0).then(pl.lit(State.HIT.value))
        .otherwise(pl.lit(State.CLEAR.value)).cast(STATE).alias("state")
    ).to_series()  # fmt: skip


def _of_tender(
    tenders: pl.DataFrame,
    listed: pl.DataFrame,
    verdict: pl.Series,
    r: Rule,
    rest: pl.DataFrame | None = None,
) -> pl.Series:
    """A tender's state from those of its bids or ties: hit, else clear if any is, else the rest."""
    rows = listed.select("tender_id", _state(listed, r, verdict))
    if rest is not None:
        rows = pl.concat([rows, rest.select("tender_id", _state(rest, r, _verdict(rest, r)))])
    rank = pl.col("state").replace_strict(
        {State.HIT: 3, State.CLEAR: 2, State.NOT_EVALUABLE: 1, State.NOT_APPLICABLE: 0},
        return_dtype=pl.Int8,
    )
    best = rows.group_by("tender_id").agg(rank.max().alias("rank"))
    named = pl.col("rank").replace_strict(
        {3: State.HIT, 2: State.CLEAR, 1: State.NOT_EVALUABLE, 0: State.NOT_APPLICABLE},
        default=State.NOT_APPLICABLE.value, return_dtype=STATE,
    )  # fmt: skip
    return (
        tenders.select("tender_id")
        .join(best, on="tender_id", how="left", maintain_order="left")
        .select(named)
        .to_series()
    )


def _hits(rows: pl.DataFrame, levels: pl.Series, r: Rule) -> pl.DataFrame:
    sides = [c for c in KEYS[r.grain] if c.startswith("bidder")]
    unsure = pl.col("mechanism").is_null() & pl.lit(r.mechanisms is not None)
    return rows.select(
        "tender_id",
        pl.lit(r.id).alias("rule_id"),
        levels.alias("level"),
        (pl.concat_list(sides) if sides else pl.lit([], pl.List(pl.String))).alias("subjects"),
        r.strength().cast(pl.Float64).alias("strength"),
        pl.when(unsure).then(UNKNOWN_MECHANISM_CONFIDENCE).otherwise(1.0).alias("confidence"),
        pl.struct(r.inputs).struct.json_encode().alias("evidence"),
    ).cast(HIT)


def _excused(candidates: pl.DataFrame, hits: pl.DataFrame, r: Rule) -> pl.DataFrame:
    return candidates.join(hits, on=KEYS[r.grain], how="anti").select(
        "tender_id",
        pl.lit(r.id).alias("rule_id"),
        pl.concat_list("bidder_a", "bidder_b").alias("subjects"),
    )


def _missing(frame: pl.DataFrame, r: Rule) -> pl.DataFrame:
    stuck = frame.filter(r.applicable() & r.verdict().is_null())
    counts = stuck.select(pl.col(r.inputs).is_null().sum())
    return (
        counts.unpivot(variable_name="column", value_name="n")
        .filter(pl.col("n") > 0)
        .select(pl.lit(r.id).alias("rule_id"), "column", pl.col("n").cast(pl.UInt32))
    )
