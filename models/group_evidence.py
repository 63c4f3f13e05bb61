"""One figure per group from everything that speaks of its members together."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import polars as pl

from features.catalogue import KEYS, Grain
from features.group.conduct import CAPPED
from models.coalition import Coalition
from models.reasons import largest
from models.scorer import NO_IDENTITY, SCORE, SCORES, SHADOW, model, require
from models.strata import Array

CONDUCT = (
    "designated_p", "turn_p", "region_allocation_p", "buyer_allocation_p", "category_allocation_p",
    "stable_shares_p", "outsider_p", "pivotal_wins_p",
)  # fmt: skip
"""Tests that take the group's company as given and allow for unequal firms (`features.group.conduct`)."""

TRACES = "identifier_rarity"
PRICES = f"{SCORE}{Coalition.name}"
PARTS = (*CONDUCT, TRACES, PRICES)


@model
class GroupEvidence:
    """Combines tests of a group's conduct, the rarity of what members share, and how they bid.

    Each part is a chance: the p-values as they are; of a shared identifier 2 to the power of minus its
    rarity, times the pairs of members among whom it may have been found; of `coalition` one minus its
    score. They are combined by Cauchy (Liu and Xie 2020), which holds in the tail whatever the parts have
    to do with each other; the score is one minus the combined chance, and the reasons are the terms of its
    sum. Nothing is learned but what `coalition` learns. A part that is not on record is left out. Rules of
    groups weigh the same tests, so the score orders groups and never counts towards an alert.
    """

    name = "group_evidence"
    title_en = "What speaks of a group, in one figure"
    title_zh = "群组证据综合评分"
    grain = Grain.GROUP
    inputs: tuple[str, ...] = (*CONDUCT, TRACES, "identifier_pairs", "group_size", *Coalition.inputs)
    blocks: tuple[str, ...] = Coalition.blocks
    labelled = False
    reads_hits = False
    counts = False
    must_not_see = f"{NO_IDENTITY}, labels, hits of rules"

    def __init__(self) -> None:
        self.voice = Coalition()

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn how random bidders of the same tenders bid."""
        require(frame, self.inputs, self.name)
        self.voice.fit(frame)
        return self

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Score and reasons of every group: groups are few."""
        return self.explain(frame)

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same."""
        require(frame, (*KEYS[self.grain], *self.inputs), self.name)
        frame = frame.filter(~pl.col(SHADOW))
        heard = self.voice.score(frame).select(*KEYS[self.grain], pl.col("score").alias(PRICES))
        rows = heard.join(frame, on=KEYS[self.grain], how="left", maintain_order="left").with_row_index("row")
        chance = np.column_stack([_floats(rows, expr) for expr in _chances()])
        terms = np.tan((0.5 - np.clip(chance, 1e-15, CAPPED)) * np.pi)
        known = np.isfinite(chance)
        mean = np.where(known, terms, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        score = np.where(known.any(axis=1), 0.5 + np.arctan(mean) / np.pi, np.nan)
        reasons = largest(rows, PARTS, np.where(known, terms, 0.0), _typical(rows))
        told = rows.select("row", *KEYS[self.grain]).with_columns(
            pl.Series("score", score, nan_to_null=True),
            stratum=pl.lit(None, pl.String),
            stratum_n=pl.lit(None, pl.Int64),
        )
        why = pl.when(pl.col("score").is_null()).then(pl.lit("tests_unknown")).alias("unscored_reason")
        some = pl.when(pl.col("score").is_not_null()).then(pl.col("reasons").fill_null([])).alias("reasons")
        joined = told.join(reasons, on="row", how="left", maintain_order="left").with_columns(why, some)
        return joined.select(*KEYS[self.grain], *SCORES).cast(dict(SCORES))  # type: ignore[arg-type]

    def state(self) -> dict[str, Any]:
        """What `coalition` learned."""
        return {"voice": self.voice.state()}

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Undo `state`."""
        self.voice = Coalition().restore(state["voice"])
        return self


def _chances() -> list[pl.Expr]:
    """The parts as chances, in the order of `PARTS`."""
    pairs = pl.col("group_size") * (pl.col("group_size") - 1) / 2
    shared = (pairs * 2.0 ** -pl.col(TRACES)).clip(0, 1)
    of_traces = pl.when(pl.col("identifier_pairs") == 0).then(1.0).otherwise(shared)
    return [*map(pl.col, CONDUCT), of_traces, 1 - pl.col(PRICES)]


def _typical(rows: pl.DataFrame) -> Array:
    """The middle four fifths of each part where nothing is agreed, shape (rows, parts, 2)."""
    usual = np.tile([0.1, 0.9], (rows.height, len(PARTS), 1))
    size = rows["group_size"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        bits = np.log2(size * (size - 1) / 2 / 0.1)
    usual[:, PARTS.index(TRACES)] = np.column_stack([np.zeros_like(bits), bits])
    return np.asarray(usual)


def _floats(rows: pl.DataFrame, expr: pl.Expr) -> Array:
    found = rows.select(expr.cast(pl.Float64).fill_null(float("nan"))).to_series()
    return np.asarray(found.to_numpy(), dtype=np.float64)
