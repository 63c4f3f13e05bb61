"""How unusual the members' bids lie among each other: a score of a set of bidders."""

from typing import Self

import polars as pl

from features.catalogue import Grain
from features.group.coalition import COLUMNS
from models.scorer import NO_IDENTITY, SHADOW, model
from models.strata import Array, levels_by_tenders, tail
from models.unusual import Unusual

SCREENS = tuple(name for name in COLUMNS if name != "coalition_lots")


@model
class Coalition(Unusual):
    """Ranks groups by how unlike random bidders of the same tenders their members bid among each other.

    Five screens of the members' own bids, averaged over the tenders in which two of them or more met (Imhof
    and Wallimann 2021): dispersion, its change over tenders, dispersion against all bids, the gap of the
    lowest two, where the middle bid lies. The score is the mean over screens of -log(2 min(u, 1-u)); u is
    the rank among shadows, sets as large drawn at random from the bidders of the same tenders
    (`features.group.coalition`), those of groups with as many tenders. Both tails count: cover bids stand
    apart, copied bids crowd. Firms of one kind that share suppliers or a price list bid alike
    without talking, so a score says that members do not bid like strangers, not why. It is shown beside an
    alert and counts for nothing: where rings are known it told them from others no better than chance.
    """

    name = "coalition"
    title_en = "Bids of a group among each other"
    title_zh = "群组成员报价的相互关系"
    grain = Grain.GROUP
    columns: tuple[str, ...] = SCREENS
    inputs: tuple[str, ...] = tuple(COLUMNS)
    blocks: tuple[str, ...] = ("coalition",)
    context = ("coalition_lots",)
    counts = False
    must_not_see = f"{NO_IDENTITY}, who won, how often members meet, labels"

    @staticmethod
    def levels() -> tuple[pl.Expr, ...]:
        """Groups whose members met as often."""
        return levels_by_tenders("coalition_lots")

    @staticmethod
    def unscorable() -> pl.Expr:
        """Groups that met too seldom."""
        return pl.when(pl.col("coalition_lots").is_null()).then(pl.lit("too_few_meetings"))

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn from the shadows alone (`models.frame.grain_frame` brings them)."""
        return super().fit(frame.filter(SHADOW))

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Percentile of every group among the shadows."""
        return super().score(frame.filter(~pl.col(SHADOW)))

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same with reasons for every group."""
        return super().explain(frame.filter(~pl.col(SHADOW)))

    def rarity(self, key: str, ranks: Array) -> Array:
        """Mean of the tails."""
        total: Array = self.contributions(key, ranks).sum(axis=1)
        return total

    def contributions(self, key: str, ranks: Array) -> Array:
        """Part of each screen."""
        return tail(ranks) / max(1, len(key.split(",")))
