"""Two bidders of a tender that used one device before, each in another tender."""

from datetime import timedelta

import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.hashed import join_hashed
from features.tie.earlier_uses import DEVICES, FEW_USERS, TIES, linked_before, with_history

WINDOW = timedelta(days=730)

_KNOWN = "deadline known, both bidders showed a device in the 24 months before"


@block(
    Grain.TENDER,
    {
        "known_device_history": Column(
            "Firms of the tender that showed a device in the 24 months before the deadline.",
            "近24个月有设备记录的投标人数", "firms", "deadline known",
        )
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def device_history(
    coded_identifiers: pl.LazyFrame, entries: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with a deadline and a bid."""
    return with_history(
        DEVICES, WINDOW, "known_device_history",
        coded_identifiers=coded_identifiers, entries=entries, tender_codes=tender_codes,
    )  # fmt: skip


@block(
    Grain.TIE,
    {
        "reused_devices": Column(
            f"Devices of {FEW_USERS} firms or fewer that both had used in different tenders in the 24 months "
            "before the deadline.", "跨项目复用设备数", "values", _KNOWN, "rules E17",
            absent=pl.when(pl.col("known_device_history") >= 2).then(0),
        ),
        "device_reuse_days": Column(
            "Days from the last such use, by whichever side used it longer ago, to the deadline.",
            "设备复用距截止天数", "days", "a device is reused", "rules E17",
        ),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def device_reuse(
    value_uses: pl.LazyFrame, few_users: pl.LazyFrame, rivals_together: pl.LazyFrame,
    tender_codes: pl.LazyFrame, known_values: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """Pairs of rivals that a device connects; all others have none, or no device on record.

    Both uses were known strictly before the deadline. Values of a reference list do not count.
    """
    linked = linked_before(
        DEVICES, WINDOW, value_uses=value_uses, few_users=few_users, rivals_together=rivals_together,
        tender_codes=tender_codes, known_values=known_values,
    )  # fmt: skip
    both = pl.min_horizontal("used_at_a", "used_at_b").max()
    return (
        linked.group_by(TIES)
        .agg(pl.len().cast(pl.Int64).alias("reused_devices"), both.alias("both"))
        .pipe(join_hashed, tender_codes.select("tender_id", "deadline_at"), "tender_id")
        .select(
            *TIES,
            "reused_devices",
            (pl.col("deadline_at") - pl.col("both")).dt.total_days().alias("device_reuse_days"),
        )
    )
