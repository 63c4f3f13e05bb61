"""What the pattern of a group looks like: seven known schemes, each with signs for and against it.

A likeness is a way to read an alert, never a finding: rules decide whether there is an alert at all. A sign
is a feature of the group within bounds, with points for or against one scheme; a scheme's score is their
sum. Points are set by hand and nothing is learned: 3 for a sign that is the scheme's own mark, 2 for one
that it shares with few others, 1 for one that goes along with it. What is not on record counts on neither
side. Below `FEWEST_POINTS` nothing fits, which is an answer as well.
"""

from typing import NamedTuple

import polars as pl

FEWEST_POINTS = 3
"""A scheme is named from here on: its own mark, or three signs that go along with it (a choice)."""


class Scheme(NamedTuple):
    """A scheme by the words that describe its pattern and accuse nobody."""

    id: str
    en: str
    zh: str


class Sign(NamedTuple):
    """A feature of groups that speaks for a scheme (points above 0) or against it, where within bounds."""

    scheme: str
    column: str
    least: float
    most: float
    points: int


SCHEMES = (
    Scheme("cover", "bids that make up the field for one winner", "多家投标烘托一家中标"),
    Scheme("rotation", "bids that take turns", "轮流中标的投标"),
    Scheme("allocation", "wins shared out by region, buyer or goods", "按地域、招标人或品类分配的中标"),
    Scheme("steering", "bids that move the benchmark together", "共同牵引评标基准价的投标"),
    Scheme("one_author", "bids that come from one desk", "出自同一处的投标"),
    Scheme("phantom", "bids of firms that exist on paper", "空壳企业的投标"),
    Scheme("buyer", "bids that one buyer favours", "受同一招标人倾斜的投标"),
)
"""In the order in which equal scores are read."""

INF = float("inf")

SIGNS = (
    Sign("cover", "top_winner_p", 0, 0.01, 3),
    Sign("cover", "top_winner_p", 0.01001, 0.05, 2),
    Sign("cover", "group_top_share", 0.6, 1, 1),
    Sign("cover", "price_order_p", 0, 0.01, 1),
    Sign("cover", "group_top_share", 0, 0.45, -2),
    Sign("cover", "turn_p", 0, 0.05, -2),
    Sign("rotation", "turn_p", 0, 0.01, 3),
    Sign("rotation", "turn_p", 0.01001, 0.05, 2),
    Sign("rotation", "turn_score", 0.7, 1, 1),
    Sign("rotation", "repeat_win_share", 0, 0.1, 1),
    Sign("rotation", "winner_entropy", 0.95, 1, 1),
    Sign("rotation", "turn_score", 0, 0.5, -2),
    Sign("rotation", "top_winner_p", 0, 0.01, -2),
    Sign("allocation", "region_allocation_p", 0, 0.01, 3),
    Sign("allocation", "region_allocation_p", 0.01001, 0.05, 2),
    Sign("allocation", "buyer_allocation_p", 0, 0.01, 3),
    Sign("allocation", "buyer_allocation_p", 0.01001, 0.05, 2),
    Sign("allocation", "category_allocation_p", 0, 0.01, 3),
    Sign("allocation", "region_information", 0.5, 1, 1),
    Sign("allocation", "turn_p", 0, 0.05, -1),
    Sign("allocation", "top_winner_p", 0, 0.01, -1),
    Sign("steering", "benchmark_pull_p", 0, 0.01, 3),
    Sign("steering", "benchmark_pull_p", 0.01001, 0.05, 1),
    Sign("steering", "pivotal_wins_p", 0, 0.05, 2),
    Sign("steering", "support_bids", 1, INF, 1),
    Sign("steering", "benchmark_lots", 0, 4, -2),
    Sign("one_author", "identifier_rarity", 10, INF, 2),
    Sign("one_author", "identifier_families", 3, INF, 1),
    Sign("one_author", "arrival_order_p", 0, 0.01, 1),
    Sign("one_author", "identifier_pairs", 0, 0, -2),
    Sign("phantom", "shell_members", 2, INF, 3),
    Sign("phantom", "winless_members", 2, INF, 2),
    Sign("phantom", "winless_members", 0, 0, -1),
    Sign("buyer", "meetings_top_buyer_share", 0.5, 1, 2),
    Sign("buyer", "outsiders_refused_share", 0.3, 1, 2),
    Sign("buyer", "members_refused_share", 0.15, 1, -1),
    Sign("buyer", "meetings_top_buyer_share", 0, 0.2, -1),
)

COLUMNS = tuple(dict.fromkeys(sign.column for sign in SIGNS))
"""Columns of groups that the signs read."""

FOUND_SIGN = pl.Struct({"column": pl.String, "value": pl.Float64, "points": pl.Int64})
LIKENESS = pl.Schema(
    [
        ("party_id", pl.String()), ("scheme", pl.String()), ("scheme_points", pl.Int64()),
        ("signs", pl.List(FOUND_SIGN)),
    ]
)  # fmt: skip


def likeness(groups: pl.DataFrame) -> pl.DataFrame:
    """The scheme that each group looks like most, with the signs for and against it: see `LIKENESS`.

    `groups` has `party_id` and `COLUMNS`. A group that no scheme fits has no row.

    >>> nothing = dict.fromkeys(COLUMNS)
    >>> turns = {**nothing, "party_id": "G", "turn_p": 0.001, "turn_score": 0.9, "top_winner_p": 0.9}
    >>> likeness(pl.DataFrame([turns])).row(0)[1:3]
    ('rotation', 4)
    """
    signs = pl.concat(_holding(groups, sign) for sign in SIGNS)
    order = {scheme.id: place for place, scheme in enumerate(SCHEMES)}
    scored = (
        signs.group_by("party_id", "scheme")
        .agg(
            pl.col("points").sum().alias("scheme_points"),
            pl.struct("column", "value", "points").sort_by("points", "column", descending=[True, False])
            .alias("signs"),
        )
        .filter(pl.col("scheme_points") >= FEWEST_POINTS)
    )  # fmt: skip
    place = pl.col("scheme").replace_strict(order, return_dtype=pl.Int64)
    best = scored.sort("party_id", -pl.col("scheme_points"), place)
    return best.unique("party_id", keep="first", maintain_order=True).select(LIKENESS.names()).cast(LIKENESS)


def title(scheme: str, lang: str) -> str:
    """How a pattern is described in `en` or `zh`.

    >>> title("rotation", "en")
    'bids that take turns'
    """
    known = {s.id: s for s in SCHEMES}[scheme]
    return known.zh if lang == "zh" else known.en


def _holding(groups: pl.DataFrame, sign: Sign) -> pl.DataFrame:
    """The groups in which a sign holds."""
    value = pl.col(sign.column).cast(pl.Float64)
    return groups.filter(value.is_between(sign.least, sign.most)).select(
        "party_id",
        pl.lit(sign.scheme).alias("scheme"),
        pl.lit(sign.column).alias("column"),
        value.alias("value"),
        pl.lit(sign.points, pl.Int64).alias("points"),
    )
