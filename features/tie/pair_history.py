"""What the two bidders of a tender did in earlier tenders, as of this one's deadline."""

import math

import numpy as np
import polars as pl
from scipy.special import gammainc

from features.catalogue import Column, Grain, Reach, block, feature, frame
from features.earlier import count_before
from features.ratio import ratio
from features.tie.joint_bids import RATIO_UNIT, named_pairs, pair_code

AGREEMENT = 5.7e-4
"""Least chance that two lots of independent bidders agree in a ratio at four decimals (rules Q04)."""

_PAIR = ("tender_id", "bidder_a", "bidder_b")


@frame(reach=Reach.PARTIES)
def ratio_repeats(joint_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and pair that met twice or more at one ratio, with the number of earlier times.

    Columns: `tender, pair, joint_ratio_repeats`; a ratio of exactly 1 is left to rule Q01.
    """
    by = ["pair", "ratio"]
    again = joint_bids.filter((pl.col("meetings") > 1) & pl.col("ratio").is_not_null()).filter(
        pl.len().over(by) > 1
    )
    counted = count_before(again, again, by=by, name="joint_ratio_repeats")
    return counted.select("tender", "pair", "joint_ratio_repeats")


@block(
    Grain.TIE,
    {
        "joint_tenders": Column(
            "Earlier tenders, opened before this deadline, in which both placed a valid priced bid.",
            "此前共同投标次数", "tenders",
            "deadline known; only for pairs with a repeated ratio, a shared value or a moved person",
        ),
        "joint_ratio_repeats": Column(
            "How many of those had this tender's ratio of the two bids to four decimals; 1 never counts.",
            "报价比例重复次数", "tenders", "deadline known, both bids valid and priced", "rules Q04",
            absent=pl.when(pl.col("deadline_at").is_not_null() & (pl.col("n_valid") >= 2)).then(0),
        ),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def pair_history(
    joint_bids: pl.LazyFrame,
    ratio_repeats: pl.LazyFrame,
    shared_values: pl.LazyFrame,
    staff_moves: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """Pairs with a repeated ratio, that share a value, or between which people moved; others have no repeat.

    Pairs that merely met before are not listed: in a dense market that would be nearly all.
    """
    repeating = ratio_repeats.filter(pl.col("joint_ratio_repeats") > 0)
    tied = pl.concat([shared_values.select(_PAIR), staff_moves.select(_PAIR)]).unique()
    sharing = _coded(tied, bidder_codes, tender_codes)
    key = ["tender", "pair"]
    listed = pl.concat([repeating.select(key), sharing.select(key)]).unique()
    asked = listed.join(tender_codes.select("tender", "deadline_at", "tender_id"), on="tender")
    met = joint_bids.join(listed.select("pair").unique(), on="pair", how="semi")
    present = joint_bids.select(*key, pl.lit(0, pl.Int64).alias("none"))
    dated = pl.col("deadline_at").is_not_null()
    return named_pairs(
        count_before(asked, met, by=["pair"], name="joint_tenders")
        .join(ratio_repeats, on=key, how="left")
        .join(present, on=key, how="left")
        .with_columns(
            pl.when(dated).then(pl.coalesce("joint_ratio_repeats", "none")).alias("joint_ratio_repeats")
        ),
        bidder_codes,
    ).select(*_PAIR, "joint_tenders", "joint_ratio_repeats")


def _coded(pairs: pl.LazyFrame, bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """Numbers of named pairs."""
    coded = pairs.join(tender_codes.select("tender_id", "tender"), on="tender_id")
    for side in ("bidder_a", "bidder_b"):
        coded = coded.join(bidder_codes.rename({"bidder_id": side, "bidder": f"{side}_code"}), on=side)
    return coded.with_columns(pair_code(pl.col("bidder_a_code"), pl.col("bidder_b_code")).alias("pair"))


@feature(
    Grain.TIE,
    zh="报价比例偶然一致的概率",
    unit="probability",
    domain="n_valid >= 2, not all bids equal",
    source="the mean density of a normal law, 1 / (2 s sqrt(pi))",
)
def ratio_agreement_chance(bid_cv: pl.Expr, price_grid: pl.Expr, lowest_bid: pl.Expr) -> pl.Expr:
    """Chance that an earlier tender shows this tender's ratio of two bids at four decimals.

    Bids that lie close together, or on a coarse grid, agree often without any habit. The log ratio of two
    independent bids has sqrt(2) times the tender's deviation, a cell is 1e-4 or one step of the grid;
    at a log ratio with a deviation of 5 % that gives the 0.057 % of the rules, which is the least.
    """
    cell = pl.max_horizontal(pl.lit(1 / RATIO_UNIT), ratio(price_grid, lowest_bid))
    return ratio(cell, 2 * math.sqrt(2 * math.pi) * bid_cv).clip(AGREEMENT, 1.0)


@feature(
    Grain.TIE,
    zh="报价比例重复的偶然概率",
    unit="probability",
    domain="joint_tenders >= 1",
    source="rules Q04",
)
def joint_ratio_p(
    joint_ratio_repeats: pl.Expr, joint_tenders: pl.Expr, ratio_agreement_chance: pl.Expr
) -> pl.Expr:
    """Chance of at least so many repeats of this tender's ratio among the pair's earlier tenders.

    A Poisson tail with mean `joint_tenders` x `ratio_agreement_chance`; 1 where nothing repeats.
    """
    mean = joint_tenders * ratio_agreement_chance.fill_null(AGREEMENT)
    asked = pl.struct(joint_ratio_repeats.alias("k"), mean.alias("mean"))
    tail = asked.map_batches(_poisson_tail, return_dtype=pl.Float64)
    return pl.when((joint_tenders > 0) & joint_ratio_repeats.is_not_null()).then(tail)


def _poisson_tail(asked: pl.Series) -> pl.Series:
    k = asked.struct.field("k").fill_null(0).to_numpy().astype(np.float64)
    mean = asked.struct.field("mean").fill_null(0).to_numpy()
    return pl.Series(np.where(k > 0, gammainc(np.maximum(k, 1), mean), 1.0))
