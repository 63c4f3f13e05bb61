"""Screens of a named group's own bids: each joint tender cut down to the group (Imhof and Wallimann 2021).

Bids of outsiders hide the pattern of an incomplete cartel. The construction follows the paper's abstract and
common use: coalitions of two to four firms, tenders in which all of them bid, screens of their bids alone,
summarised over tenders. It could not be compared with the authors' code.
"""

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl

from features.market.outcome import need_columns
from features.segments import Floats
from features.tender.bid_matrix import screens_of

FEWEST = 5
"""Joint tenders without which a group is not listed, unless asked otherwise."""

SUMMARIES = ("mean", "min", "max", "sd")


def coalition_screens(
    bids: pl.LazyFrame, groups: Mapping[str, Collection[str]], *, fewest: int = FEWEST
) -> pl.DataFrame:
    """Screens of groups of firms over the tenders in which all members bid.

    Args:
        bids: a frame with `tender_id, bidder_id, price`, and `won` where known.
        groups: names and members; groups of one size are judged together.
        fewest: joint tenders without which a group is left out.

    Returns:
        One row per group: `group, members, joint_tenders`, `group_wins` (joint tenders that a member won;
        null where `won` is unknown), and `<screen>_<mean|min|max|sd>` of every screen that exists for so
        many bids (variation and gap for two, all but kurtosis for three), over the joint tenders where it
        is defined.

    Raises:
        ValueError: a group with fewer than two members.

    >>> bids = pl.LazyFrame({"tender_id": ["T", "T", "T", "U", "U"], "bidder_id": ["A", "B", "X", "A", "B"],
    ...                      "price": [100.0, 110.0, 60.0, 100.0, 120.0]})
    >>> found = coalition_screens(bids, {"AB": ["A", "B"]}, fewest=1)
    >>> found.select("group", "joint_tenders", pl.col("gap_ratio_mean").round(3)).rows()
    [('AB', 2, 0.15)]
    """
    need_columns("Coalition screens", bids, ("tender_id", "bidder_id", "price"))
    if small := sorted(name for name, firms in groups.items() if len(set(firms)) < 2):
        raise ValueError(f"A group has two members or more; {small} have fewer.")
    members = pl.LazyFrame(
        [(name, firm) for name, firms in groups.items() for firm in sorted(set(firms))],
        schema=["group", "bidder_id"],
        orient="row",
    ).with_columns(pl.len().over("group").cast(pl.Int64).alias("members"))
    joint = _joint(bids, members).filter(pl.len().over("group") >= fewest).collect()
    found = [_summarised(part) for part in joint.partition_by("members")]
    return pl.concat(found, how="diagonal").sort("group") if found else pl.DataFrame()


def _joint(bids: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group and tender where all bid: `group, members, prices` in rising order, `group_won`."""
    won = pl.col("won") if "won" in bids.collect_schema() else pl.lit(None, pl.Boolean)
    lowest = bids.filter(pl.col("price") > 0).group_by("tender_id", "bidder_id").agg(
        pl.col("price").cast(pl.Float64).min(), won.any(ignore_nulls=False).alias("won")
    )  # fmt: skip
    return (
        lowest.join(members, on="bidder_id")
        .group_by("group", "members", "tender_id")
        .agg(pl.col("price").sort().alias("prices"), pl.col("won").any(ignore_nulls=False).alias("group_won"))
        .filter(pl.col("prices").list.len() == pl.col("members"))
        .sort("group", "tender_id")
    )


def _summarised(joint: pl.DataFrame) -> pl.DataFrame:
    """Groups of one size; a screen that is undefined in every tender has no column."""
    prices = joint["prices"].reshape((-1, joint["members"][0])).to_numpy().T
    screens = pl.DataFrame(screens_of(prices) if len(prices) > 2 else _of_pairs(prices), nan_to_null=True)
    columns = [name for name in screens.columns if screens[name].count()]
    return (
        pl.concat([joint, screens.select(columns)], how="horizontal")
        .group_by("group", "members")
        .agg(
            pl.len().cast(pl.Int64).alias("joint_tenders"),
            pl.when(pl.col("group_won").count() > 0)
            .then(pl.col("group_won").sum().cast(pl.Int64))
            .alias("group_wins"),
            *(
                getattr(pl.col(name), "std" if how == "sd" else how)().alias(f"{name}_{how}")
                for name in columns
                for how in SUMMARIES
            ),
        )
    )


def _of_pairs(x: Floats) -> dict[str, Floats]:
    """What exists for two bids: variation, and the gap, which is the spread as well."""
    return {"cv": np.sqrt(2) * (x[1] - x[0]) / (x[0] + x[1]), "gap_ratio": x[1] / x[0] - 1}
