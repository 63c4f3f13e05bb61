"""Which alerts people look at: as many as they can, at the error they accept, and some tenders at random.

Worth is the chance of being confirmed times the size of the contract. Chances are stand-ins by level until
decisions are on record; sizes are relative to the usual contract of the same currency. A random share of
all other tenders goes to review as well: only it shows what the rules overlook, and how often they err.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import polars as pl

from detect.fuse import MOST_POINTS
from detect.rule import Level, Rule, State, Weight
from features.false_discovery import false_discovery_rate

CONFIRMED = {Level.RED: 0.5, Level.ORANGE: 0.15, Level.YELLOW: 0.03}
"""Assumed share of alerts of a level that prove right, when it carries just the points of its level.

For scale: 4 of 22 leads from live comparison of traces were handled in half a year (Lanzhou), about 3 % of
all alerts in another province, by the press (rules C1). A choice, to be replaced by a centre's own record.
"""

SIZES = (0.05, 20.0)
"""A contract counts as at least and at most so many usual ones: a slipped unit must not buy a place."""


class Place(StrEnum):
    """Where a tender stands after the choice."""

    QUEUE = "queue"
    AUDIT = "audit"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Choice:
    """How the queue is cut: at most `capacity` tenders, a false-discovery target `fdr`, an `audit` share.

    The audit never takes the only place: with a capacity of one there is none.

    Raises:
        ValueError: a share lies outside 0..1, or the capacity is below one.

    """

    capacity: int | None = None
    fdr: float | None = None
    audit: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if self.capacity is not None and self.capacity < 1:
            raise ValueError(f"capacity is {self.capacity}; it is a number of tenders, at least 1.")
        for name, share in (("fdr", self.fdr), ("audit", self.audit)):
            if share is not None and not 0 <= share < 1:
                raise ValueError(f"{name} is {share}; it is a share, at least 0 and below 1.")

    @property
    def cuts(self) -> bool:
        """Whether anything is left out at all."""
        return self.capacity is not None or self.fdr is not None


def choose(
    choice: Choice,
    scores: pl.DataFrame,
    tenders: pl.DataFrame,
    q_values: pl.DataFrame,
    usual: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """Places of all alerts and of the tenders drawn for audit, the most worthwhile first.

    Args:
        choice: how the queue is cut.
        scores: every tender: `tender_id, level, attention`.
        tenders: `tender_id, estimate, ceiling, lowest_bid, currency`.
        q_values: see `q_values`.
        usual: see `usual_contracts`; by default those of these tenders.

    Returns:
        `tender_id, place, worth, q_value, selection`: `selection` is the probability with which the tender
        came under review, 1 in the queue, the drawn share in the audit, null where left out.

    """
    sizes = _sizes(tenders, usual_contracts(tenders) if usual is None else usual)
    judged = scores.join(sizes, on="tender_id", how="left").with_columns(
        (_confirmed() * pl.col("size").fill_null(1.0)).alias("worth")
    )
    alerts = judged.filter(pl.col("level") >= Level.YELLOW).join(q_values, on="tender_id", how="left")
    within = pl.col("q_value").fill_null(0.0) <= (1.0 if choice.fdr is None else choice.fdr)
    ranked = alerts.sort("worth", "tender_id", descending=[True, False], nulls_last=True)
    audited = _audited(choice, alerts.filter(within).height)
    room = ranked.height if choice.capacity is None else max(choice.capacity - audited, 0)
    place = pl.when(within & (within.cum_sum() <= room)).then(pl.lit(Place.QUEUE.value))
    placed = ranked.with_columns(place.otherwise(pl.lit(Place.LEFT_OUT.value)).alias("place"))
    return _with_audit(choice, placed, scores, audited)


def q_values(hits: pl.DataFrame, states: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """`tender_id, q_value` of every tender (Benjamini and Hochberg 1995).

    A tender's p-value is the smallest of its alerting findings, each times the bids or ties that were tried
    at that chance (`looks`), times the number of statistical rules that judged the tender. The family is
    every tender that such a rule judged, hit or not. The q-value is null where a finding has no p-value
    though it is of ORANGE or more, or a fact or a link that alerts: no error rate applies to what is on
    record. Without any p-value, for instance where only the anomaly score is rare, it is 1.
    """
    alerting = hits.filter(pl.col("level") >= Level.YELLOW)
    statistical = [
        r.id for r in rules.values() if r.chances and r.level >= Level.YELLOW and r.id in states.columns
    ]
    on_record = [r.id for r in rules.values() if r.weight >= Weight.LINK]
    judged = (pl.col(c).is_in([State.HIT.value, State.CLEAR.value]).cast(pl.Int32) for c in statistical)
    asked = states.select("tender_id", pl.sum_horizontal(pl.lit(0), *judged).alias("n_rules"))
    telling = (pl.col("level") >= Level.ORANGE) | pl.col("rule_id").is_in(on_record)
    fact = pl.col("p_value").is_null() & telling
    of = alerting.group_by("tender_id").agg(
        (pl.col("p_value") * pl.col("looks")).min().alias("p_value"), fact.any().alias("fact")
    )
    p_value = (pl.col("p_value").fill_null(1.0) * pl.max_horizontal("n_rules", 1)).clip(0, 1)
    known = asked.join(of, on="tender_id", how="left").with_columns(p_value.alias("p"))
    family = known.filter((pl.col("n_rules") > 0) & ~pl.col("fact").fill_null(False))
    adjusted = family.select("tender_id", false_discovery_rate(pl.col("p")).alias("q_value"))
    q_value = (
        pl.when(pl.col("fact").fill_null(False))
        .then(None)
        .otherwise(pl.col("q_value").fill_null(1.0))
        .alias("q_value")
    )
    return known.join(adjusted, on="tender_id", how="left").select("tender_id", q_value)


def told(choice: Choice, queue: pl.DataFrame) -> dict[str, Any]:
    """What a run keeps of its choice, with the counts of each place."""
    counts = dict(queue["place"].value_counts().iter_rows())
    return {**asdict(choice), "places": {place.value: counts.get(place.value, 0) for place in Place}}


_AMOUNT = pl.coalesce(pl.col("estimate", "ceiling", "lowest_bid").cast(pl.Float64))
_CURRENCY = pl.col("currency").fill_null("")


def usual_contracts(tenders: pl.DataFrame) -> dict[str, float]:
    """The median size of contracts by currency, "" where that is not on record."""
    known = tenders.group_by(_CURRENCY).agg(_AMOUNT.median().alias("usual")).drop_nulls()
    return dict(known.sort("currency").iter_rows())


def _sizes(tenders: pl.DataFrame, usual: Mapping[str, float]) -> pl.DataFrame:
    """Size of each contract over the usual one of its currency; null where no amount is on record."""
    of = _CURRENCY.replace_strict(usual, default=None, return_dtype=pl.Float64) if usual else pl.lit(None)
    return tenders.select("tender_id", (_AMOUNT / of).cast(pl.Float64).clip(*SIZES).alias("size"))


def _confirmed() -> pl.Expr:
    """Chance of being confirmed: more points than the level's own mean more independent reasons."""
    level = pl.col("level").cast(pl.Int64)
    base = level.replace_strict({k.value: v for k, v in CONFIRMED.items()}, default=0.0)
    points = level.replace_strict({k.value: int(v) for k, v in MOST_POINTS.items()}, default=1)
    return 1 - (1 - base) ** (pl.col("attention") / points)


def _audited(choice: Choice, wanted: int) -> int:
    if not choice.cuts or choice.audit == 0:
        return 0
    room = wanted if choice.capacity is None else min(choice.capacity, wanted)
    drawn = max(1, math.floor(room * choice.audit + 0.5))
    return drawn if choice.capacity is None else min(drawn, choice.capacity - 1)


def _with_audit(choice: Choice, placed: pl.DataFrame, scores: pl.DataFrame, audited: int) -> pl.DataFrame:
    """Draw the audit among all tenders outside the queue, alerts or not, each with the same chance."""
    queued = placed.filter(pl.col("place") == Place.QUEUE.value)
    rest = scores.select("tender_id").join(queued, on="tender_id", how="anti").sort("tender_id")
    drawn = rest.sample(min(audited, rest.height), seed=choice.seed)
    share = drawn.height / rest.height if rest.height else 0.0
    unalerted = drawn.join(placed, on="tender_id", how="anti")
    chosen = pl.col("tender_id").is_in(drawn["tender_id"].to_list())
    columns = ("tender_id", "place", "worth", "q_value")
    new = unalerted.select(
        "tender_id", pl.lit(Place.AUDIT.value).alias("place"), pl.lit(None, pl.Float64).alias("worth"),
        pl.lit(None, pl.Float64).alias("q_value"),
    )  # fmt: skip
    audit = pl.when(chosen).then(pl.lit(Place.AUDIT.value)).otherwise("place").alias("place")
    selection = (
        pl.when(pl.col("place") == Place.QUEUE.value).then(1.0)
        .when(pl.col("place") == Place.AUDIT.value).then(share)
    )  # fmt: skip
    known = placed.with_columns(audit).select(columns)
    return pl.concat([known, new]).with_columns(selection.alias("selection"))
