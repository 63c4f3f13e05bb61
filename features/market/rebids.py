"""Rounds of one tender: the same firms' bids before and after no bid met a secret reserve.

Rounds are found, not guessed: tenders of one `procedure_id` and one title (a missing title counts as one)
whose `round` is recorded, each number once. Two lots of one procedure that share title and round cannot be
told apart, so neither is used. Only neighbouring numbers, k and k + 1, are compared.
"""

import polars as pl

from features.market.outcome import need_columns

CLOSEST = 3
"""Places of the first round that are compared: the lowest, second and third lowest bid."""

_LOT = ("procedure_id", "title")


def rebids(tenders: pl.LazyFrame, bids: pl.LazyFrame) -> pl.LazyFrame:
    """The three lowest bids of every round that was followed by another, with the same firm's next bid.

    Args:
        tenders: `tender_id, procedure_id, title, round`, and `ceiling` where known.
        bids: `tender_id, bidder_id, price`; of several bids of a firm in a round the lowest counts.

    Returns:
        One row per lot and earlier round with two bids or more: `tender_id` (of the earlier round); for
        each k of 1 to 3 `firm_k`, `first_k` and `second_k`, the k-th lowest first bid as a share of the
        scale, and the same firm's bid in the next round (null where it made none); `lowest`, the lowest
        second bid of all firms. The scale is the ceiling of the earlier round, or its lowest bid where no
        ceiling is known, as for a reserve that stays secret. Rounds in which two of the three lowest bids
        tie are left out: they have no order to keep.

    >>> tenders = pl.LazyFrame({"tender_id": ["T", "U"], "procedure_id": ["P"] * 2, "title": ["road"] * 2,
    ...                         "round": [1, 2], "ceiling": [100.0] * 2})
    >>> bids = pl.LazyFrame({"tender_id": ["T", "T", "U", "U"], "bidder_id": ["A", "B", "A", "B"],
    ...                      "price": [98.0, 99.0, 95.0, 94.0]})
    >>> rebids(tenders, bids).select("tender_id", "firm_1", "first_1", "second_1", "lowest").collect().rows()
    [('T', 'A', 0.98, 0.95, 0.94)]
    """
    need_columns("Rebids", tenders, ("tender_id", *_LOT, "round", "ceiling"))
    need_columns("Rebids", bids, ("tender_id", "bidder_id", "price"))
    offers = bids.filter(pl.col("price") > 0).group_by("tender_id", "bidder_id").agg(pl.col("price").min())
    followed = _followed(tenders)
    earlier = followed.join(offers, on="tender_id")
    later = offers.select(next_id="tender_id", bidder_id="bidder_id", second="price")
    scale = pl.coalesce(pl.col("ceiling").cast(pl.Float64), pl.col("price").min().over("tender_id"))
    paired = (
        earlier.join(later, on=["next_id", "bidder_id"], how="left")
        .with_columns(scale.alias("scale"))
        .sort("tender_id", "price", "bidder_id")
    )
    places = [expr for k in range(CLOSEST) for expr in _place(k)]
    lowest = later.group_by("next_id").agg(pl.col("second").min().alias("lowest"))
    return (
        paired.group_by("tender_id", "next_id")
        .agg(pl.col("scale").first(), pl.len().alias("n"), *places)
        .filter(pl.col("n") > 1, pl.col("first_1") < pl.col("first_2"))
        .filter((pl.col("first_2") < pl.col("first_3")).fill_null(True))
        .join(lowest, on="next_id")
        .with_columns(pl.col("lowest") / pl.col("scale"))
        .drop("next_id", "scale", "n")
    )


def _followed(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """Tenders with a next round: `tender_id, next_id, ceiling`."""
    rounds = (
        tenders.filter(pl.col("procedure_id").is_not_null() & pl.col("round").is_not_null())
        .with_columns(pl.col("title").fill_null(""))
        .filter(pl.len().over(*_LOT, "round") == 1)
    )
    after = rounds.select(*_LOT, next_id="tender_id", round=pl.col("round") - 1)
    return rounds.join(after, on=[*_LOT, "round"]).select("tender_id", "next_id", "ceiling")


def _place(k: int) -> tuple[pl.Expr, ...]:
    """Firm, first bid and second bid of the place k (from 0) of the first round."""
    firm, first, second = (pl.col(name).get(k, null_on_oob=True) for name in ("bidder_id", "price", "second"))
    scale = pl.col("scale").first()
    return (
        firm.alias(f"firm_{k + 1}"),
        (first / scale).alias(f"first_{k + 1}"),
        (second / scale).alias(f"second_{k + 1}"),
    )
