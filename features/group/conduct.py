"""One figure per group: do the tests of what its members do together agree that chance is a poor guess?

The tests share the group's tenders, so their p-values depend on each other in ways that nobody knows. The
Cauchy combination (Liu and Xie 2020) holds in the tail under any such dependence that is not too wild: its
tail is as heavy as that of its strongest part, and weak parts do not dilute it as they do a mean.
"""

import numpy as np
import polars as pl

from features.catalogue import Grain, feature

CAPPED = 0.99
"""A p-value above counts as this: exact tests of few lots often say 1, which would silence all the others."""


@feature(
    Grain.GROUP,
    zh="组内行为检验合并的偶然概率",
    unit="probability",
    domain="one of the tests can be made",
    source="Liu and Xie 2020",
)
def conduct_p(
    designated_p: pl.Expr,
    turn_p: pl.Expr,
    region_allocation_p: pl.Expr,
    buyer_allocation_p: pl.Expr,
    category_allocation_p: pl.Expr,
    stable_shares_p: pl.Expr,
    outsider_p: pl.Expr,
    pivotal_wins_p: pl.Expr,
) -> pl.Expr:
    """Chance of so telling conduct among the members: designation, turns, division, shares, outsiders, pull.

    Only tests that take the group's company as given and allow for unequal firms; those that assume equal
    chances to win reject honest groups of unequal firms and stay out.
    """
    tests = (
        designated_p, turn_p, region_allocation_p, buyer_allocation_p, category_allocation_p,
        stable_shares_p, outsider_p, pivotal_wins_p,
    )  # fmt: skip
    return combined(tests)


def combined(tests: tuple[pl.Expr, ...]) -> pl.Expr:
    """The Cauchy combination of the known p-values of each row, null where none is known.

    >>> frame = pl.DataFrame({"a": [0.001, 0.5, None], "b": [1.0, None, None]})
    >>> frame.select(p=combined((pl.col("a"), pl.col("b"))))["p"].round(4).to_list()
    [0.0022, 0.5, None]
    """
    odd = pl.mean_horizontal(((0.5 - p.clip(1e-15, CAPPED)) * np.pi).tan() for p in tests)
    return 0.5 - odd.arctan() / np.pi
