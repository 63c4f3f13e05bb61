"""Whether one bidder's price keeps being the same multiple of another's: a snapshot of a whole market.

`features/tie/pair_history.py` asks the same of one tender as of its deadline.
"""

import math

import numpy as np
import polars as pl
from scipy.special import gammaln

from features.catalogue import KEYS, Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.ratio import ratio
from features.segments import Floats
from features.tie.joint_bids import RATIO_UNIT, named_pairs
from features.tie.pair_history import AGREEMENT, ratio_agreement_chance

_DOMAIN = "n_ratios >= 2"

_COLUMNS = {
    "n_ratios": Column("Joint tenders with two different bids.", "可比报价比例的次数", "tenders"),
    "ratio_most_repeats": Column("Tenders at the pair's most frequent ratio, to four decimals.",
                                 "同一报价比例的最多次数", "tenders", _DOMAIN, "rules Q04"),
    "repeated_ratio": Column(
        "That ratio: the bid of b over that of a; of equally frequent ones the lowest.", "重复的报价比例",
        "share", "ratio_most_repeats >= 2", "rules Q04"),
    "ratio_agreement": Column(
        "Chance that two of these tenders agree in a ratio at four decimals, by their deviations and grids.",
        "两次比例偶然一致的概率", "probability", _DOMAIN, "the mean density of a normal law"),
    "ratio_p": Column(
        "Chance that some ratio comes so often; 1 where none repeats.", "报价比例重复的偶然概率",
        "probability", _DOMAIN, "rules Q04"),
    "ratio_q": Column("The same as a false discovery rate among all pairs with two ratios or more.",
                      "报价比例重复的错误发现率", "probability", _DOMAIN, "Benjamini and Hochberg 1995"),
}  # fmt: skip


@frame
def pair_ratio_counts(
    joint_bids: pl.LazyFrame, pair_meetings: pl.LazyFrame, bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame, bid_statistics: pl.LazyFrame, price_grid: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """The columns of `pair_ratios`, counted once."""
    listed = pair_meetings.select("pair").unique()
    met = (
        joint_bids.select("tender", "pair", "ratio").filter(pl.col("ratio").is_not_null())
        .join(listed, on="pair", how="semi")
        .join(_agreement(bid_statistics, price_grid, tender_codes), on="tender", how="left")
    )  # fmt: skip
    same = met.group_by("pair", "ratio").agg(
        pl.len().cast(pl.Int64).alias("times"), pl.col("agreement").sum()
    )
    of_pair = same.group_by("pair").agg(
        pl.col("times").sum().alias("n_ratios"),
        pl.col("times").max().alias("ratio_most_repeats"),
        pl.col("ratio").filter(pl.col("times") == pl.col("times").max()).min().alias("repeated_ratio"),
        (pl.col("agreement").sum() / pl.col("times").sum()).alias("ratio_agreement"),
    )
    counted = listed.join(of_pair, on="pair", how="left").with_columns(pl.col("n_ratios").fill_null(0))
    return named_pairs(counted.select("pair", *_judged()), bidder_codes)


def _agreement(bid_statistics: pl.LazyFrame, price_grid: pl.LazyFrame, codes: pl.LazyFrame) -> pl.LazyFrame:
    """Chance per tender that another tender shows the same ratio of two bids."""
    cv = ratio(pl.col("bid_sd"), pl.col("bid_mean"))
    chance = ratio_agreement_chance(cv, pl.col("price_grid"), pl.col("lowest_bid"))
    return (
        codes.select("tender", "tender_id")
        .join(bid_statistics.select("tender_id", "bid_sd", "bid_mean", "lowest_bid"), on="tender_id")
        .join(price_grid.select("tender_id", "price_grid"), on="tender_id", how="left")
        .select("tender", chance.fill_null(AGREEMENT).alias("agreement"))
    )


def _judged() -> list[pl.Expr]:
    some = pl.col("n_ratios") >= 2
    asked = pl.struct("n_ratios", "ratio_most_repeats", "ratio_agreement")
    p = pl.when(some).then(asked.map_batches(_chances, return_dtype=pl.Float64))
    return [
        pl.col("n_ratios"),
        pl.when(some).then("ratio_most_repeats").alias("ratio_most_repeats"),
        pl.when(pl.col("ratio_most_repeats") >= 2).then(pl.col("repeated_ratio") / RATIO_UNIT)
        .alias("repeated_ratio"),
        pl.when(some).then("ratio_agreement").alias("ratio_agreement"),
        p.alias("ratio_p"),
        false_discovery_rate(p).alias("ratio_q"),
    ]  # fmt: skip


def _chances(asked: pl.Series) -> pl.Series:
    of = asked.struct.unnest().fill_null(0)
    return pl.Series(repeat_chance(*(of[name].cast(pl.Float64).to_numpy() for name in of.columns)))


def repeat_chance(lots: Floats, times: Floats, agreement: Floats) -> Floats:
    """Chance that some ratio comes `times` times or more in `lots` lots, two of which agree with `agreement`.

    At most the expected number of sets of `times` lots that agree. For normal log ratios of deviation s in
    cells of width d two lots agree with q = d / (2 s sqrt(pi)) and m lots with (q sqrt 2)^(m-1) / sqrt m; by
    Hoelder's inequality and concavity the mean q of unlike lots gives no less. The rules' Poisson law over
    pairs of lots takes the three pairs in a set of three for independent: at ten lots and q = 5.7e-4 it
    gives a sixteenth of this chance.

    >>> repeat_chance(np.array([10.0]), np.array([3.0]), np.array([5.7e-4])).round(8).tolist()
    [4.502e-05]
    """
    sets = gammaln(lots + 1) - gammaln(times + 1) - gammaln(np.maximum(lots - times, 0) + 1)
    agree = (times - 1) * np.log(math.sqrt(2) * np.maximum(agreement, 1e-300)) - np.log(
        np.maximum(times, 1)
    ) / 2
    return np.where(times >= 2, np.exp(np.minimum(sets + agree, 0.0)), 1.0)


@block(Grain.PAIR, _COLUMNS)
def pair_ratios(pair_ratio_counts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    return pair_ratio_counts.select(*KEYS[Grain.PAIR], *_COLUMNS)
