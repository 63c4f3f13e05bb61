"""What putting a shared value on a list would change, as far as the newest run tells."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl

from detect.exclusions import shared_kinds
from detect.rule import all_rules


class Effect(NamedTuple):
    """What would no longer count: the value as a tie of `pairs` bidders in `tenders`.

    Of those tenders `alerts` have an alert, of which `at_most` rest on rules about such values alone, so that
    no more than these can disappear.
    """

    tenders: int
    pairs: int
    alerts: int
    at_most: int


def effect(
    facts: pl.LazyFrame, alerts: pl.LazyFrame, kind: str, value_hash: str, since: datetime, until: datetime
) -> Effect:
    """What changes if a value counts for nothing in tenders whose deadline lies from `since` to `until`.

    A tender without a deadline is covered by every period. `facts` and `alerts` are those of a run.
    """
    of_kind = pl.any_horizontal(pl.col("kind", "kind_b") == kind)
    begun, ended = (pl.lit(at.astimezone(UTC)) for at in (since, until))
    covered = pl.col("deadline_at").is_null() | pl.col("deadline_at").is_between(begun, ended, closed="left")
    ties = (
        facts.filter(of_kind, covered, pl.col("value_hash") == value_hash, pl.col("exclusion").is_null())
        .select("tender_id", "bidder_a", "bidder_b")
        .collect()
    )
    named = alerts.select("tender_id", "rule_ids")
    raised = named.filter(pl.col("tender_id").is_in(ties["tender_id"].unique().to_list())).collect()
    about = _rules_about([kind])
    alone = (pl.col("rule_ids").list.len() > 0) & pl.col("rule_ids").list.set_difference(about).list.len().eq(
        0
    )
    pairs = ties.select(pl.struct("bidder_a", "bidder_b").n_unique()).item()
    return Effect(ties["tender_id"].n_unique(), pairs, raised.height, int(raised.select(alone.sum()).item()))


def _rules_about(kinds: Collection[str]) -> list[str]:
    return [r.id for r in all_rules().values() if shared_kinds(r) & set(kinds)]
