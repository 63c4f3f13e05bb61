"""Whether the same experts meet on panels more often than a draw brings about: a snapshot (rules X03)."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.hypergeometric import upper_tail
from features.ratio import ratio

LEAST_POOL = 30
"""In smaller pools experts cannot help meeting (rules X03)."""

_COUNTS = ("together", "draws", "of_a", "of_b")


@frame
def pool_seats(seats: pl.LazyFrame, panels: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and expert with the `pool` from which the expert came and its size, `pooled`.

    A pool is a speciality of a jurisdiction; where the speciality is not on record, a category. Its size
    is that on record, else the number of its experts who ever sat.
    """
    listed = panels.select("tender_id", "expert_id", "speciality", "pool_size")
    where = tenders.select("tender_id", "jurisdiction", "category")
    pool = pl.format(
        "{} / {}", pl.col("jurisdiction").fill_null(""), pl.coalesce("speciality", "category").fill_null("")
    )
    joined = seats.join(listed, on=["tender_id", "expert_id"], how="left").join(where, on="tender_id")
    return joined.select("tender_id", "expert_id", pool.alias("pool"), "pool_size").with_columns(
        pooled=pl.coalesce(
            pl.col("pool_size").max().over("pool"), pl.col("expert_id").n_unique().over("pool")
        )
    )


@frame
def met_experts(pool_seats: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pool and two of its experts who sat together: counts, `lift`, `p` and `q`.

    `p` is the chance of so many common panels if each expert's panels are any of the pool's
    (hypergeometric). Two seats of one panel exclude each other, so the chance is slightly overstated.
    """
    large = pool_seats.filter(pl.col("pooled") >= LEAST_POOL)
    sat = large.group_by("pool", "expert_id").agg(pl.len().cast(pl.Float64).alias("sat"))
    draws = large.group_by("pool").agg(pl.col("tender_id").n_unique().cast(pl.Float64).alias("draws"))
    one = large.select("pool", "tender_id", expert_a="expert_id")
    met = (
        one.join(large.select("pool", "tender_id", expert_b="expert_id"), on=["pool", "tender_id"])
        .filter(pl.col("expert_a") < pl.col("expert_b"))
        .group_by("pool", "expert_a", "expert_b").agg(pl.len().cast(pl.Float64).alias("together"))
    )  # fmt: skip
    for side in "ab":
        met = met.join(
            sat.select(
                "pool", pl.col("expert_id").alias(f"expert_{side}"), pl.col("sat").alias(f"of_{side}")
            ),
            on=["pool", f"expert_{side}"],
        )
    pairs = sat.group_by("pool").agg((pl.len() * (pl.len() - 1) // 2).cast(pl.Int64).alias("pairs"))
    expected = pl.col("of_a") * pl.col("of_b") / pl.col("draws")
    return (
        met.join(draws, on="pool")
        .sort("pool", "expert_a", "expert_b")
        .with_columns(
            p=pl.struct(_COUNTS).map_batches(_tail, return_dtype=pl.Float64),
            lift=ratio(pl.col("together"), expected),
        )
        .join(pairs.select(pl.col("pairs").sum().alias("tests")), how="cross")
        .with_columns(q=false_discovery_rate(pl.col("p"), pl.col("tests")))
    )


_MET = f"a common panel in a pool of {LEAST_POOL}"


@block(
    Grain.EXPERT,
    {
        "companion": Column("The expert whom this one meets most remarkably often.", "同组最频繁的专家", "",
                            _MET,
                            "rules X03"),
        "companion_panels": Column("Panels on which both sat.", "同组次数", "panels", _MET, "rules X03"),
        "companion_lift": Column("The same over what chance gives.", "同组提升度", "times", _MET,
                                 "rules X03"),
        "companion_p": Column(
            "Chance of so many common panels, times the experts of the pool who might have been met.",
            "同组的偶然概率", "probability", _MET, "hypergeometric; rules X03"),
        "companion_q": Column("False discovery rate at which this is a finding, among all pairs of experts.",
                              "同组的错误发现率", "probability", _MET, "Benjamini and Hochberg 1995"),
    },
)  # fmt: skip
def expert_company(met_experts: pl.LazyFrame, pool_seats: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert who sat with another."""
    others = pool_seats.group_by("pool").agg((pl.col("expert_id").n_unique() - 1).alias("others"))
    sides = [
        met_experts.rename({f"expert_{a}": "expert_id", f"expert_{b}": "companion"}).select(
            "expert_id", "companion", "pool", "together", "lift", "p", "q"
        )
        for a, b in ("ab", "ba")
    ]
    first = pl.exclude("expert_id").sort_by("p", "companion").first()
    best = pl.concat(sides).group_by("expert_id").agg(first).join(others, on="pool")
    return best.select(
        "expert_id",
        "companion",
        pl.col("together").cast(pl.Int64).alias("companion_panels"),
        pl.col("lift").alias("companion_lift"),
        (pl.col("p") * pl.col("others")).clip(upper_bound=1.0).alias("companion_p"),
        pl.col("q").alias("companion_q"),
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].to_numpy() for name in _COUNTS)))
