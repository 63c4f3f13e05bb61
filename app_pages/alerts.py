"""The queue as data: filter, order and cut on the server, so that a browser gets one page at most."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from detect.rule import Level

PER_PAGE = 50
UNKNOWN = "-"
"""Stands for a value that is not on record, in filters and in the address."""

LISTED = ("region", "category", "mechanism")
SCORE_ONLY = "score"
"""Chip of an alert that no rule raised, only the rarity of its prices."""

ORDERS: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "worst": (("level", True), ("attention", True)),
    "worth": (("worth", True),),
    "amount": (("estimate", True),),
    "deadline": (("deadline_at", True),),
    "bids": (("n_bids", True),),
}
"""Order to columns, each with whether it descends."""


class Filters(NamedTuple):
    """What a reader asked for; an empty choice asks for everything. `listed` goes by column."""

    level: list[str]
    rule: list[str]
    listed: Mapping[str, list[str]]
    text: str


def matching(alerts: pl.DataFrame, f: Filters) -> pl.DataFrame:
    """The alerts that pass every filter, order kept."""
    wanted = [
        *([pl.col("level").is_in([Level[x].value for x in f.level])] if f.level else []),
        *([_any_rule(f.rule)] if f.rule else []),
        *(_listed(name).is_in(chosen) for name, chosen in f.listed.items() if chosen),
        *([_mentions(f.text)] if f.text else []),
    ]
    return alerts.filter(*wanted)


def ordered(alerts: pl.DataFrame, order: str) -> pl.DataFrame:
    """Alerts by `ORDERS[order]`; what is not on record comes last, ties by tender."""
    by = ORDERS[order]
    return alerts.sort(
        *(c for c, _ in by), "tender_id", descending=[*(d for _, d in by), False], nulls_last=True
    )


def cut(alerts: pl.DataFrame, page: int) -> pl.DataFrame:
    """One page, from 1."""
    return alerts.slice((page - 1) * PER_PAGE, PER_PAGE)


def n_pages(n: int) -> int:
    """Pages that `n` alerts fill, at least one.

    >>> n_pages(0), n_pages(50), n_pages(51)
    (1, 1, 2)
    """
    return max(1, -(-n // PER_PAGE))


def choices(alerts: pl.DataFrame, name: str) -> list[str]:
    """What a listed column holds, most frequent first."""
    counted = alerts.select(_listed(name)).to_series().value_counts()
    return counted.sort("count", name, descending=[True, False])[name].to_list()


def rules_fired(alerts: pl.DataFrame) -> list[str]:
    """Ids of the rules behind any alert."""
    return sorted(alerts["rule_ids"].explode().drop_nulls().unique().to_list())


def _listed(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null(UNKNOWN)


def _any_rule(rules: list[str]) -> pl.Expr:
    by_score = (pl.col("rule_ids").list.len() == 0) & pl.lit(SCORE_ONLY in rules)
    return (pl.col("rule_ids").list.set_intersection(rules).list.len() > 0) | by_score


def _mentions(text: str) -> pl.Expr:
    looked_at = pl.concat_str("tender_id", "title", "buyer_name", separator="\n", ignore_nulls=True)
    return looked_at.str.to_lowercase().str.contains(text.lower(), literal=True)
