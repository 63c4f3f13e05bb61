"""From hits and an anomaly score to one level and one attention figure per tender, or per party (rules C01).

Attention adds, over families of evidence, the strongest hit of each: ten views of one device count
once. The level comes from rules; an anomaly score alone gives YELLOW at most, and nothing but a
fact on record gives RED.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from detect.rule import Level, Rule, Weight

RARE = 0.995
"""Anomaly percentile from which a score alone is worth a look: one tender in two hundred."""

MOST_POINTS = {
    Level.INFO: Weight.CONTEXT,
    Level.YELLOW: Weight.PATTERN,
    Level.ORANGE: Weight.LINK,
    Level.RED: Weight.FACT,
}
"""A finding adds no more than its level is worth, whatever its rule can give at best."""

WEAK_FAMILIES = 2
"""This many independent families of weak evidence together make a strong lead (rules 0.1)."""


def fuse(
    units: pl.DataFrame, hits: pl.DataFrame, scored: pl.DataFrame, rules: Mapping[str, Rule]
) -> pl.DataFrame:
    """One row per unit: its key, `level, attention, score, rule_ids, subjects`.

    The columns of `units` are the key: `tender_id`, or `grain, party_id`. `scored` has the key and
    `score` (percentile in [0, 1] or null), which must not repeat the hits (`detect.beyond`). `level` is null
    where nothing was found. `rule_ids` are ordered by what they add, `subjects` are the bidders that hits
    name.

    >>> hits = pl.DataFrame({"tender_id": ["T", "T"], "rule_id": ["E1", "E2"], "level": [2, 2],
    ...     "strength": [1.0, 1.0], "confidence": [1.0, 1.0], "subjects": [["A", "B"], ["A", "C"]]})
    >>> from detect.rule import all_rules
    >>> rules = {"E1": all_rules()["E01"], "E2": all_rules()["E01"]}
    >>> scored = pl.DataFrame({"tender_id": ["T"], "score": [0.5]})
    >>> fuse(pl.DataFrame({"tender_id": ["T", "U"]}), hits, scored, rules).select("level", "attention").rows()
    [(2, 35.0), (None, 0.0)]
    """
    key = units.columns
    found, families = _gathered(_points(hits, rules), key)
    nothing = pl.lit([], pl.List(pl.String))
    score = pl.col("score").fill_null(0)
    return (
        units.join(found, on=key, how="left", maintain_order="left")
        .join(families, on=key, how="left", maintain_order="left")
        .join(scored.select(*key, "score"), on=key, how="left", maintain_order="left")
        .select(
            *key,
            _level().cast(pl.Int8).alias("level"),
            (pl.col("points").fill_null(0) + Weight.SCREEN * score).alias("attention"),
            "score",
            pl.col("rule_ids").fill_null(nothing),
            pl.col("subjects").fill_null(nothing),
        )
    )


def _gathered(points: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Per unit: highest level, rules and bidders; and points and weak evidence over families."""
    worst_first = pl.col("rule_id").sort_by("points", "rule_id", descending=[True, False])
    found = points.group_by(key).agg(
        pl.col("level").max().alias("rule_level"),
        worst_first.unique(maintain_order=True).alias("rule_ids"),
        pl.col("subjects").explode().drop_nulls().unique().sort().alias("subjects"),
    )
    families = points.group_by(*key, "family").agg(pl.col("points").max(), pl.col("level").max())
    return found, families.group_by(key).agg(
        pl.col("points").sum(), (pl.col("level") >= Level.YELLOW).sum().alias("weak_families")
    )


def _level() -> pl.Expr:
    """The rules' level, raised where independent weak evidence agrees or the score alone is rare."""
    rare = (pl.col("score") >= RARE).fill_null(False)
    raised = pl.col("weak_families").fill_null(0) + rare.cast(pl.UInt32)
    return (
        pl.when((pl.col("rule_level") == Level.YELLOW) & (raised >= WEAK_FAMILIES))
        .then(pl.lit(Level.ORANGE.value))
        .when(rare & (pl.col("rule_level").fill_null(0) < Level.YELLOW)).then(pl.lit(Level.YELLOW.value))
        .otherwise(pl.col("rule_level"))
    )  # fmt: skip


def _points(hits: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    known = pl.DataFrame(
        {"rule_id": list(rules), "weight": [r.weight.value for r in rules.values()]},
        schema={"rule_id": pl.String, "weight": pl.Int64},
    )
    most = pl.col("level").replace_strict(
        {k.value: v.value for k, v in MOST_POINTS.items()}, return_dtype=pl.Int64
    )
    worth = pl.min_horizontal("weight", most)
    return hits.join(known, on="rule_id", how="left").with_columns(
        pl.col("rule_id").str.head(1).alias("family"),
        (worth * pl.col("strength") * pl.col("confidence")).alias("points"),
    )
