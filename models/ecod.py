"""Empirical-cumulative outlier score: tail probabilities, averaged by kind of evidence and added."""

import numpy as np

from models.scorer import model
from models.strata import Array, tail
from models.unusual import COMPANY, SCREENS, Unusual


@model
class Ecod(Unusual):
    """Adds how far the prices lie in their tails to how closely the bidders keep company.

    Two kinds of evidence, each 1 on average. Prices: the mean over screens of -log(2 min(u, 1-u)),
    where u is the rank in the stratum; both tails count, since theory gives screens no common
    direction. Company: -log(1 - u) of `partner_overlap`; only the upper tail counts, since bidders
    that keep meeting are what rings have in common (rules O02) and strangers are nothing unusual.
    The reasons are exactly the parts of the score. After the outlier score ECOD (Li et al. 2022),
    which sums the tails. It sees no combination of screens: two ordinary values that never occur
    together stay ordinary.
    """

    name = "ecod"
    title_en = "Tail score of prices and company"
    title_zh = "报价与同场关系尾部评分"
    columns: tuple[str, ...] = (*SCREENS, *COMPANY)
    inputs: tuple[str, ...] = ("mechanism", "n_valid", *SCREENS, *COMPANY)

    def rarity(self, key: str, ranks: Array) -> Array:
        """Sum of the parts."""
        total: Array = self.contributions(key, ranks).sum(axis=1)
        return total

    def contributions(self, key: str, ranks: Array) -> Array:
        """Part of each column: its share in the mean of the prices, or the company."""
        company = np.isin(key.split(","), COMPANY)
        prices = tail(ranks) / max(1, int((~company).sum()))
        return np.where(company, -np.log(1 - ranks), prices)
