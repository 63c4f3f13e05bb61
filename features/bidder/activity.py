"""How much, how long and where a firm bid, and how many of its bids failed before evaluation."""

import numpy as np
import polars as pl

from features.beta_binomial import rates_of_others, spread_of_others, upper_tail
from features.bidder.entries import floats
from features.catalogue import Column, Grain, block
from features.ratio import ratio

_DATED = "a deadline is on record"
_FAILED = "the status of a bid is on record"
_O09 = "rules O09"


@block(
    Grain.BIDDER,
    {
        "n_entered": Column("Tenders in which the firm stood behind a bid.", "参与投标项目数", "tenders"),
        "n_priced": Column("Tenders in which it stood behind a valid bid with a comparable price.",
                           "有效报价项目数", "tenders"),
        "n_won": Column("Tenders that it won, alone or with others.", "中标项目数", "tenders",
                        "an outcome is on record"),
        "first_seen": Column("First deadline of the tenders that it entered.", "首次投标时间", "", _DATED),
        "last_seen": Column("Last deadline of the tenders that it entered.", "末次投标时间", "", _DATED),
        "active_years": Column("Calendar years in which it entered a tender.", "活跃年数", "years", _DATED),
        "n_categories": Column("Categories that it bid in.", "涉及品类数", "categories",
                               "a category is known"),
        "n_regions": Column("Regions that it bid in.", "涉及地区数", "regions", "a region is known"),
        "n_buyers": Column("Buyers that it bid to.", "涉及招标人数", "buyers", "a buyer is known"),
        "sole_bid_share": Column("Share of its tenders in which no other bid was placed.", "独家投标占比",
                                 "share"),
        "joint_bid_share": Column("Share of its bids that were joint bids.", "联合体投标占比", "share"),
    },
)  # fmt: skip
def bidder_activity(firm_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm that stood behind a bid."""
    # Hashes are told apart at a fraction of what text costs.
    bid, tenders = pl.col("bid_id").hash(), pl.col("tender")
    one_bid = bid.min().over("tender") == bid.max().over("tender")
    seen = pl.col("deadline_at")
    won = pl.when(pl.col("won").is_not_null().any()).then(tenders.filter("won").n_unique())
    return (
        firm_bids.with_columns(tender=pl.col("tender_id").hash())
        .with_columns(sole=one_bid)
        .group_by("bidder_id")
        .agg(
            tenders.n_unique().alias("n_entered"),
            tenders.filter(pl.col("price").is_not_null()).n_unique().alias("n_priced"),
            won.alias("n_won"),
            seen.min().alias("first_seen"),
            seen.max().alias("last_seen"),
            _distinct(seen.dt.year()).alias("active_years"),
            _distinct(pl.col("category")).alias("n_categories"),
            _distinct(pl.col("region")).alias("n_regions"),
            _distinct(pl.col("buyer_id")).alias("n_buyers"),
            ratio(tenders.filter("sole").n_unique(), tenders.n_unique()).alias("sole_bid_share"),
            pl.col("joint").mean().alias("joint_bid_share"),
        )
    )


def _distinct(values: pl.Expr) -> pl.Expr:
    """Number of distinct values, null where none is known."""
    return pl.when(values.is_not_null().any()).then(values.drop_nulls().hash().n_unique())


@block(
    Grain.BIDDER,
    {
        "n_status_known": Column("Bids whose fate before evaluation is on record.", "状态已知投标数", "bids"),
        "failed_bids": Column("Bids that were disqualified or withdrawn.", "被否决或撤回的投标数", "bids",
                              _FAILED, _O09),
        "failed_share": Column("Share of the bids with a known fate that were disqualified or withdrawn.",
                               "否决及撤回率", "share", _FAILED, _O09),
        "failed_share_expected": Column(
            "The same share among the other firms' bids in the strata where the firm bid.",
            "同层其他企业否决及撤回率", "share", _FAILED, _O09),
        "failed_p": Column(
            "Chance of so many failed bids or more, given that share and how much firms differ by nature "
            "(beta-binomial).", "否决及撤回过多的偶然概率", "probability", _FAILED, _O09),
    },
)  # fmt: skip
def failed_bids(firm_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a bid whose status is known."""
    known = firm_bids.filter(pl.col("failed").is_not_null())
    cells = known.group_by("bidder_id", "stratum").agg(hits=pl.col("failed").sum(), tries=pl.len())
    return cells.map_batches(_against_others, schema=_FAILURES)


_FAILURES = pl.Schema(
    {
        "bidder_id": pl.String,
        "n_status_known": pl.Int64,
        "failed_bids": pl.Int64,
        "failed_share": pl.Float64,
        "failed_share_expected": pl.Float64,
        "failed_p": pl.Float64,
    }
)


def _against_others(cells: pl.DataFrame) -> pl.DataFrame:
    group = pl.col("hits", "tries").sum().over("stratum")
    cells = cells.sort("bidder_id", "stratum").with_columns(group.name.prefix("group_"))
    rate = rates_of_others(*(floats(cells, n) for n in ("hits", "tries", "group_hits", "group_tries")))
    firms = (
        cells.with_columns(due=pl.col("tries") * pl.Series(rate))
        .group_by("bidder_id", maintain_order=True)
        .agg(pl.col("hits", "tries", "due").sum())
    )
    hits, tries, due = (floats(firms, name) for name in ("hits", "tries", "due"))
    mean = np.divide(due, tries)
    p = upper_tail(hits, tries, mean, spread_of_others(hits, tries, mean))
    return firms.select(
        "bidder_id",
        pl.col("tries").cast(pl.Int64).alias("n_status_known"),
        pl.col("hits").cast(pl.Int64).alias("failed_bids"),
        (pl.col("hits") / pl.col("tries")).alias("failed_share"),
        pl.Series("failed_share_expected", mean),
        pl.Series("failed_p", p),
    )
