"""Empirical-cumulative outlier score: tail probabilities, summed."""

from models.scorer import model
from models.strata import Array, tail
from models.unusual import Unusual


@model
class Ecod(Unusual):
    """Sums how far each screen lies in either tail of its stratum.

    Each screen adds -log(2 min(u, 1-u)), where u is its rank: 0 in the middle, 1 on average, and
    more the further out, so the reasons are exactly the parts of the score. After the outlier
    score ECOD (Li et al. 2022), with both tails counted for every screen instead of one chosen by
    skewness. It sees no combination of screens: two ordinary values that never occur together
    stay ordinary.
    """

    name = "ecod"
    title_en = "Tail score of the bid screens"
    title_zh = "报价指标尾部评分"

    def rarity(self, key: str, ranks: Array) -> Array:
        """Sum of the tail scores."""
        total: Array = self.contributions(key, ranks).sum(axis=1)
        return total

    def contributions(self, key: str, ranks: Array) -> Array:  # noqa: ARG002  (no set of columns is special)
        """Tail score of each screen."""
        return tail(ranks)
