"""People who stood for one bidder and then for another shortly before both bid here."""

from datetime import timedelta

import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.tie.earlier_uses import FEW_USERS, PEOPLE, TIES, linked_before, with_history

WINDOW = timedelta(days=180)

_KNOWN = "deadline known, both bidders named a person in the 180 days before"


@block(
    Grain.TENDER,
    {
        "known_staff_history": Column(
            "Firms of the tender that named a manager or agent in another tender in the 180 days before the "
            "deadline.", "近180天有人员记录的投标人数", "firms", "deadline known",
        )
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def staff_history(
    coded_identifiers: pl.LazyFrame, entries: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with a deadline and a bid."""
    return with_history(
        PEOPLE, WINDOW, "known_staff_history",
        coded_identifiers=coded_identifiers, entries=entries, tender_codes=tender_codes,
    )  # fmt: skip


@block(
    Grain.TIE,
    {
        "moved_staff": Column(
            f"Managers and agents of {FEW_USERS} firms or fewer who stood for both bidders, in different "
            "tenders, in the 180 days before the deadline.", "近期流动人员数", "people", _KNOWN, "rules P08",
            absent=pl.when(pl.col("known_staff_history") >= 2).then(0),
        ),
        "staff_move_days": Column(
            "Days between the last tenders in which such a person stood for either side; of several the "
            "fewest.", "人员流动间隔天数", "days", "a person stood for both", "rules P08",
        ),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def staff_moves(
    value_uses: pl.LazyFrame, few_users: pl.LazyFrame, rivals_together: pl.LazyFrame,
    tender_codes: pl.LazyFrame, known_values: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """Pairs of rivals that a person connects; all others have none, or no person on record.

    Both sightings were known strictly before the deadline. People change jobs: a move is context.
    """
    linked = linked_before(
        PEOPLE, WINDOW, value_uses=value_uses, few_users=few_users, rivals_together=rivals_together,
        tender_codes=tender_codes, known_values=known_values,
    )  # fmt: skip
    gap = (pl.col("used_at_a") - pl.col("used_at_b")).abs().dt.total_days()
    people = pl.col("value_hash").n_unique().cast(pl.Int64)
    return linked.group_by(TIES).agg(people.alias("moved_staff"), gap.min().alias("staff_move_days"))
