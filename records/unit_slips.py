"""Amounts in 万元 where 元 was meant, or the other way round: reported, never mended (rules A.3)."""

import polars as pl

FACTOR = 10_000
PLAUSIBLE = (0.3, 1.2)
"""Bid over ceiling when both are in one unit, inclusive."""


def unit_slips(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """Bids, or ceilings, whose unit seems to be off by ten thousand.

    Columns: `table, record, what, what_zh`.

    A bid is compared with the ceiling of its tender, or the estimate where there is no ceiling.
    Where all of two and more bids of a tender slip the same way, its ceiling is named, not the bids.

    >>> tenders = pl.LazyFrame({"tender_id": ["T"], "ceiling": [1_000_000], "estimate": [None]})
    >>> bids = pl.LazyFrame({"bid_id": ["a", "b"], "tender_id": ["T", "T"], "amount": [95, 960_000]})
    >>> unit_slips(bids, tenders).collect().row(0)
    ('bids', 'a', 'amount 95 is a ten-thousandth of what its ceiling 1000000 suggests: 万元 for 元?', \
'报价 95 约为其最高限价 1000000 的万分之一：应为元而填作万元？')
    """
    found = slipped(bids, tenders).with_columns(_shown("amount"), _shown("reference"))
    return pl.concat([_of_bids(found.filter(~pl.col("whole"))), _of_tenders(found.filter("whole"))])


def slipped(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """Those bids, each with what it is compared with.

    Columns: `tender_id, bid_id, amount`, `reference` with `named` (`ceiling` or `estimate`), `slip` (`low`
    where the bid is a ten-thousandth of it, `high` where it is ten thousand times as much) and `whole`, that
    all of two and more bids slip the same way.
    """
    reference = pl.coalesce("ceiling", "estimate")
    named = pl.when(pl.col("ceiling").is_null()).then(pl.lit("estimate")).otherwise(pl.lit("ceiling"))
    priced = (
        tenders.select("tender_id", reference.alias("reference"), named.alias("named"))
        .filter(pl.col("reference") > 0)
        .join(bids.select("tender_id", "bid_id", "amount").filter(pl.col("amount") > 0), on="tender_id")
        .with_columns(slip=_slip(pl.col("amount").cast(pl.Float64) / pl.col("reference").cast(pl.Float64)))
    )
    alike = (pl.col("slip").n_unique() == 1) & (pl.len() >= 2) & pl.col("slip").is_not_null().all()
    return priced.with_columns(whole=alike.over("tender_id")).filter(pl.col("slip").is_not_null())


def _slip(ratio: pl.Expr) -> pl.Expr:
    low, high = PLAUSIBLE
    small, large = (ratio * FACTOR).is_between(low, high), (ratio / FACTOR).is_between(low, high)
    return pl.when(small).then(pl.lit("low")).when(large).then(pl.lit("high"))


_ZH = pl.col("named").replace_strict({"ceiling": "最高限价", "estimate": "预算价"})


def _of_bids(slipped: pl.LazyFrame) -> pl.LazyFrame:
    low = pl.format(
        "amount {} is a ten-thousandth of what its {} {} suggests: 万元 for 元?",
        "amount", "named", "reference",
    )  # fmt: skip
    high = pl.format(
        "amount {} is ten thousand times what its {} {} suggests: 元 for 万元?",
        "amount", "named", "reference",
    )  # fmt: skip
    low_zh = pl.format("报价 {} 约为其{} {} 的万分之一：应为元而填作万元？", "amount", _ZH, "reference")
    high_zh = pl.format("报价 {} 约为其{} {} 的一万倍：应为万元而填作元？", "amount", _ZH, "reference")
    return slipped.select(
        pl.lit("bids").alias("table"),
        pl.col("bid_id").alias("record"),
        pl.when(pl.col("slip") == "low").then(low).otherwise(high).alias("what"),
        pl.when(pl.col("slip") == "low").then(low_zh).otherwise(high_zh).alias("what_zh"),
    )


def _of_tenders(slipped: pl.LazyFrame) -> pl.LazyFrame:
    one = slipped.group_by("tender_id").agg(pl.len().alias("n"), pl.col("named", "reference", "slip").first())
    low = pl.format(
        "{} {} is ten thousand times what all {} bids suggest: 元 for 万元?", "named", "reference", "n"
    )
    high = pl.format(
        "{} {} is a ten-thousandth of what all {} bids suggest: 万元 for 元?", "named", "reference", "n"
    )
    low_zh = pl.format("{} {} 约为全部 {} 份报价的一万倍：应为万元而填作元？", _ZH, "reference", "n")
    high_zh = pl.format("{} {} 约为全部 {} 份报价的万分之一：应为元而填作万元？", _ZH, "reference", "n")
    return one.select(
        pl.lit("tenders").alias("table"),
        pl.col("tender_id").alias("record"),
        pl.when(pl.col("slip") == "low").then(low).otherwise(high).alias("what"),
        pl.when(pl.col("slip") == "low").then(low_zh).otherwise(high_zh).alias("what_zh"),
    )


def _shown(amount: str) -> pl.Expr:
    """An amount as text, without the zeros that six places leave."""
    return pl.col(amount).cast(pl.String).str.replace(r"(\.\d*[1-9])0+$", "$1").str.replace(r"\.0+$", "")
