"""What a limit does before anybody changes it: rows flagged at each value, and which rules say the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from detect.kept import Run
from detect.rule import Rule
from detect.run import judge
from records.source import BadInput
from records.tables import Market

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Multiples of a default that are tried where no values are given."""


def sweep(market: Market, rule: Rule, limit: str, values: Sequence[Any] = ()) -> pl.DataFrame:
    """Rows in each state under every value of one limit: `value` and one column per state.

    Rules about parties count parties, all others tenders. Everything else stays as it is.

    Raises:
        BadInput: the rule has no such limit, or it is no number and no values are given.

    """
    if limit not in rule.limits:
        known = sorted(rule.limits) or "none"
        raise BadInput(f"Rule {rule.id} has no limit {limit!r}", "bidlens tune", f"It has {known}.")
    tried = list(values) or _around(rule, limit)
    variants = {f"{rule.id} {i}": value for i, value in enumerate(tried)}
    rules = [replace(rule.with_limits(**{limit: v}), id=name) for name, v in variants.items()]
    counts = judge(market, rules).counts()
    return counts.select(
        pl.col("rule_id").replace_strict(variants, return_dtype=_dtype(tried)).alias("value"),
        pl.exclude("rule_id", "grain"),
    ).sort("value")


def overlap(run: Run) -> pl.DataFrame:
    """Every two rules that hit one tender: `rule_a, rule_b, both, of_a, of_b`, the most alike first.

    `of_a` is the share of the first rule's tenders that the second flags as well: near 1 both ways, one
    of the two adds nothing.
    """
    flagged = run.hits.select("tender_id", "rule_id").unique()
    total = flagged.group_by("rule_id").agg(pl.len().alias("n"))
    met = flagged.join(flagged, on="tender_id", suffix="_b").filter(pl.col("rule_id") < pl.col("rule_id_b"))
    return (
        met.group_by(rule_a="rule_id", rule_b="rule_id_b").agg(pl.len().alias("both"))
        .join(total, left_on="rule_a", right_on="rule_id")
        .join(total, left_on="rule_b", right_on="rule_id", suffix="_b")
        .select(
            "rule_a", "rule_b", "both",
            (pl.col("both") / pl.col("n")).alias("of_a"), (pl.col("both") / pl.col("n_b")).alias("of_b"),
        )
        .sort("rule_a", "rule_b")
        .sort(pl.min_horizontal("of_a", "of_b"), "both", descending=True, maintain_order=True)
    )  # fmt: skip


def alone(run: Run) -> pl.DataFrame:
    """Per rule: `rule_id, tenders, alone`, and how many of those tenders no other rule flags."""
    flagged = run.hits.select("tender_id", "rule_id").unique()
    single = (pl.len().over("tender_id") == 1).alias("single")
    return (
        flagged.with_columns(single)
        .group_by("rule_id").agg(pl.len().alias("tenders"), pl.col("single").sum().alias("alone"))
        .sort("rule_id")
    )  # fmt: skip


def _around(rule: Rule, limit: str) -> list[Any]:
    default = rule.limits[limit]
    if isinstance(default, bool):
        return [False, True]
    if isinstance(default, int):
        return sorted({max(round(default * factor), 1) for factor in FACTORS})
    if isinstance(default, float):
        return [default * factor for factor in FACTORS]
    raise BadInput(
        f"Limit {limit!r} of rule {rule.id} is {default!r}", "bidlens tune", "Give the values to try."
    )


def _dtype(values: Sequence[Any]) -> pl.DataType:
    return pl.Series(values, strict=False).dtype
