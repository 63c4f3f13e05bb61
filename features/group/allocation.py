"""Whether members divide territories, buyers or categories, and keep their shares over the years."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import contests
from features.group.exchange import FACETS, winners_entropy
from features.group.rotation import CONDITIONAL
from features.ratio import ratio

_DIVIDED = {
    "region": ("territories", "地域"),
    "buyer": ("buyers", "招标人"),
    "category": ("categories", "品类"),
}
_DOMAIN = "two members won contests, and two {} are on record among them"


def _columns() -> dict[str, Column]:
    found = {}
    for facet, (en, zh) in _DIVIDED.items():
        exists = _DOMAIN.format(en)
        found[f"{facet}_information"] = Column(
            f"How much the {facet} tells about which member wins: mutual information over the entropy of the "
            "winners.", f"按{zh}分配的互信息", "share", exists, "rules O05, O06")  # fmt: skip
        found[f"{facet}_allocation_p"] = Column(
            f"Chance of so much information when each member's wins are dealt over the contests it entered, "
            f"whatever the {facet}.",
            f"按{zh}分配的偶然概率",
            "probability",
            f"{exists}; {CONDITIONAL}; {en} divided by staying away are not seen here",
            "rules O05, O06",
        )
    return found


@block(Grain.GROUP, _columns())
def group_allocation(
    group_entries: pl.LazyFrame, group_sets: pl.LazyFrame, exchanged_winners: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group with a contest: who wins where, for whom and what."""
    frame = _entropies(group_entries, group_sets)
    told = exchanged_winners.join(frame, on="group_id").filter(pl.col("entropy") > 0)
    for facet in _DIVIDED:
        of = told.filter(pl.col("statistic") == facet, pl.col(f"{facet}s") > 1)
        frame = frame.join(
            of.select(
                "group_id",
                ratio(pl.col("observed"), pl.col("entropy")).clip(0.0, 1.0).alias(f"{facet}_information"),
                pl.col("high_p").alias(f"{facet}_allocation_p"),
            ),
            on="group_id",
            how="left",
        )
    return frame.drop("entropy", *(f"{facet}s" for facet in FACETS))


@block(
    Grain.GROUP,
    {
        "share_drift": Column(
            "How much the year tells about which member wins: mutual information over the entropy of the "
            "winners; 0 where shares are the same every year.",
            "份额年度变动", "share", _DOMAIN.format("years")),
        "stable_shares_p": Column(
            "Chance of so little drift when each member's wins are dealt over the contests that it entered.",
            "份额稳定的偶然概率", "probability", f"{_DOMAIN.format('years')}; {CONDITIONAL}"),
    },
)  # fmt: skip
def group_share_stability(
    group_entries: pl.LazyFrame, group_sets: pl.LazyFrame, exchanged_winners: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group whose contests span two years or more, won by two members or more."""
    frame = _entropies(group_entries, group_sets).filter(pl.col("entropy") > 0, pl.col("years") > 1)
    of_years = exchanged_winners.filter(pl.col("statistic") == "year")
    return frame.join(of_years, on="group_id").select(
        "group_id",
        ratio(pl.col("observed"), pl.col("entropy")).clip(0.0, 1.0).alias("share_drift"),
        pl.col("low_p").alias("stable_shares_p"),
    )


def _entropies(group_entries: pl.LazyFrame, group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """Per group the entropy of its winners, and how many different values each facet has."""
    known = contests(group_entries, group_sets)
    entropy = pl.LazyFrame(
        {"group_id": known.groups.cast(pl.String), "entropy": np.round(winners_entropy(known), 12)}
    )
    lots = known.lots.lazy().with_columns(pl.col("deadline_at").dt.year().alias("year"))
    kinds = lots.group_by("group_id").agg(
        pl.col(column).drop_nulls().n_unique().alias(f"{facet}s") for facet, column in FACETS.items()
    )
    return entropy.join(kinds, on="group_id")
