"""How close in time and in number two bidders did the same thing with one shared value.

Two deposits at one branch say little; two within minutes, with consecutive numbers, say more.
"""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block
from records.kinds import KINDS

TIMED = (
    "download_ip", "download_browser", "upload_ip", "upload_subnet", "decrypt_ip", "deposit_branch",
    "guarantee_insurer", "ca_point", "ca_handler", "purchase_account",
)  # fmt: skip
"""Kinds whose events are worth comparing by their time."""

NUMBERED = ("deposit_branch", "guarantee_insurer", "ca_point")
"""Kinds whose events carry a number in a series: transactions, guarantees, certificates."""


@block(
    Grain.TIE,
    {
        **{
            f"minutes_apart_{kind}": Column(
                f"Minutes between the two bidders' events with the shared {KINDS[kind].en}, the closest two.",
                f"{KINDS[kind].zh}相同时的时间间隔", "minutes",
                "a value is shared and both times are on record to the minute",
            )
            for kind in TIMED
        },
        **{
            f"numbers_apart_{kind}": Column(
                f"Distance of the two bidders' numbers in the series of the shared {KINDS[kind].en}, the "
                "closest two.",
                f"{KINDS[kind].zh}相同时的序号之差", "numbers",
                "a value is shared and both numbers are on record",
            )
            for kind in NUMBERED
        },
    },
    reach=Reach.TENDER,
)  # fmt: skip
def timed_sharing(shared_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tie that shares a value of a timed kind."""
    of, minutes, numbers = pl.col("kind"), pl.col("minutes_apart"), pl.col("numbers_apart")
    return (
        shared_values.filter(of.is_in(TIMED))
        .group_by(KEYS[Grain.TIE])
        .agg(
            *(minutes.filter(of == kind).min().alias(f"minutes_apart_{kind}") for kind in TIMED),
            *(numbers.filter(of == kind).min().alias(f"numbers_apart_{kind}") for kind in NUMBERED),
        )
    )
