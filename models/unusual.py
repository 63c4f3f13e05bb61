"""How unusual a tender, or a set of bidders, is among its like: what models without labels share.

A screen is unusual at either end: cover bidding sets the winner apart, copied prices crowd it, and
the same sign means the opposite under another award mechanism (Clark et al. 2025, Imhof et al.
2026), so no direction is assumed anywhere.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import polars as pl

from features.catalogue import KEYS, Grain
from models.scorer import NO_IDENTITY, REASON, SCORES, require
from models.strata import Array, Stratum, assign, levels, partition, thin_sorted

SCREENS = (
    "bid_cv",
    "bid_spread",
    "bid_gap_ratio",
    "relative_distance",
    "normalised_distance",
    "alternative_distance",
    "bid_kurtosis",
    "bid_skewness",
    "ks_uniform",
    "step_spread",
    "lowest_to_estimate",
    "lowest_to_ceiling",
)
"""Ratios of a tender's bids: free of currency, date and identity."""

COMPANY = ("partner_overlap",)
"""How much the bidders keep company; only much of it says anything (rules O02)."""

REASONS = 3
EXPLAINED_FROM = 0.9
"""Percentile from which `score` gives reasons; below it nothing is unusual."""


class Unusual:
    """A scorer that ranks rarity within strata, of tenders unless a subclass says otherwise.

    `levels` names the strata by the columns of `context`; `unscorable` says why a row cannot be judged.

    A subclass says how rare a row of ranks is (`rarity`), what each screen adds to that
    (`contributions`, same shape as the ranks, larger is rarer), and what it needs to learn first.
    """

    name: str
    title_en: str
    title_zh: str
    grain: Grain = Grain.TENDER
    columns: tuple[str, ...] = SCREENS
    context: tuple[str, ...] = ("mechanism", "n_valid")
    inputs: tuple[str, ...] = ("mechanism", "n_valid", *SCREENS)
    blocks: tuple[str, ...] = ()
    labelled = False
    reads_hits = False
    counts = True
    must_not_see = f"{NO_IDENTITY}, outcomes, labels"

    def __init__(self) -> None:
        self.strata: dict[str, Stratum] = {}

    @staticmethod
    def levels() -> tuple[pl.Expr, ...]:
        """Names of a row's strata, from the narrowest to the widest."""
        return levels()

    @staticmethod
    def unscorable() -> pl.Expr:
        """Why a row cannot be judged, null where it can."""
        return pl.when(pl.col("n_valid").fill_null(0) < 2).then(pl.lit("fewer_than_two_bids"))

    def learn(self, ranks: Mapping[str, Array]) -> None:
        """Learn from the ranks of every set of columns; nothing by default."""

    def rarity(self, key: str, ranks: Array) -> Array:
        """Raw score of each row, larger is rarer."""
        raise NotImplementedError

    def contributions(self, key: str, ranks: Array) -> Array:
        """What each screen adds to the rarity of each row."""
        raise NotImplementedError

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn what is usual from the rows that can be judged.

        Raises:
            ValueError: the frame lacks an input.

        """
        require(frame, self.inputs, self.name)
        comparable = frame.filter(self.unscorable().is_null())
        parts = partition(comparable, self.columns, self.context, self.levels())
        found = [(s, s.ranks(rows)) for s, rows in parts]
        keys = sorted({s.key for s, _ in found})
        self.learn({key: np.concatenate([r for s, r in found if s.key == key]) for key in keys})
        self.strata = {
            s.name: Stratum(s.name, s.n, s.columns, s.grids, thin_sorted(self.rarity(s.key, ranks)))
            for s, ranks in found
        }
        return self

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Percentile of every tender, with reasons from the 90th percentile on."""
        return self._judge(frame, EXPLAINED_FROM)

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Percentile and reasons of every tender."""
        return self._judge(frame, 0.0)

    def state(self) -> dict[str, Any]:
        """The strata as plain values and arrays."""
        return {"strata": [s.state() for s in self.strata.values()]}

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Undo `state`."""
        self.strata = {s["name"]: Stratum.restore(s) for s in state["strata"]}
        return self

    def _judge(self, frame: pl.DataFrame, explained_from: float) -> pl.DataFrame:
        require(frame, (*KEYS[self.grain], *self.inputs), self.name)
        rows = frame.select(*KEYS[self.grain], *self.inputs).with_columns(self._blocked())
        placed = rows.with_columns(assign(rows, list(self.strata), self.levels())).with_row_index("row")
        scorable = placed.filter(pl.col("unscored_reason").is_null())
        parts = [
            self._stratum(self.strata[part.item(0, "stratum")], part, explained_from)
            for part in scorable.partition_by("stratum")
        ]
        judged = pl.concat(parts) if parts else pl.DataFrame(schema=_JUDGED)
        return (
            placed.drop("unscored_reason", "stratum")
            .join(placed.select("row", blocked="unscored_reason"), on="row", how="left")
            .join(judged, on="row", how="left", maintain_order="left")
            .with_columns(pl.coalesce("blocked", "unscored_reason").alias("unscored_reason"))
            .select(*KEYS[self.grain], *SCORES)
        )

    def _blocked(self) -> pl.Expr:
        few = self.unscorable()
        small = pl.when(pl.lit(not self.strata)).then(pl.lit("market_too_small"))
        return pl.coalesce(few, small).cast(pl.String).alias("unscored_reason")

    def _stratum(self, stratum: Stratum, part: pl.DataFrame, explained_from: float) -> pl.DataFrame:
        ranks = stratum.ranks(part)
        known = part.select(pl.mean_horizontal(pl.col(stratum.columns).is_not_null()) >= 0.5).to_series()
        score = pl.Series(stratum.percentile(self.rarity(stratum.key, ranks)))
        told = known & (score >= explained_from)
        contributions = self.contributions(stratum.key, ranks[told.to_numpy()])
        reasons = _reasons(stratum, part.filter(told), contributions)
        return (
            part.select(
                "row",
                pl.when(known).then(score).alias("score"),
                pl.when(~known).then(pl.lit("screens_unknown")).alias("unscored_reason"),
                "stratum",
                pl.lit(stratum.n, pl.Int64).alias("stratum_n"),
            )
            .join(reasons, on="row", how="left", maintain_order="left")
            .with_columns(pl.when(told).then(pl.col("reasons").fill_null([])))
            .cast(_JUDGED)
        )


_JUDGED = pl.Schema({"row": pl.UInt32(), **SCORES})


def _reasons(stratum: Stratum, rows: pl.DataFrame, contributions: Array) -> pl.DataFrame:
    """The largest positive contributions of each row, as a list of `REASON`."""
    weight = np.clip(contributions, 0, None)
    total = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    top = np.argsort(-share, axis=1, kind="stable")[:, :REASONS]
    low, high = stratum.typical()
    values = rows.select(pl.col(stratum.columns).cast(pl.Float64)).to_numpy()
    long = pl.DataFrame(
        {
            "row": np.repeat(rows.get_column("row").to_numpy(), top.shape[1]),
            "feature": np.array(stratum.columns, dtype=object)[top].ravel(),
            "value": np.take_along_axis(values, top, axis=1).ravel(),
            "typical_low": low[top].ravel(),
            "typical_high": high[top].ravel(),
            "share": np.take_along_axis(share, top, axis=1).ravel(),
        },
        schema={"row": pl.UInt32, **dict(REASON)},
    )
    told = long.filter(pl.col("share") > 0, pl.col("value").is_finite())
    return told.group_by("row", maintain_order=True).agg(pl.struct(pl.exclude("row")).alias("reasons"))
