"""From hits and an anomaly score to one level and one attention figure per tender, or per party (rules C01).

Attention adds, over families of evidence, the strongest hit of each: ten views of one device count
once. So do ties of registration (R) and of people (P): they look at the same telephones, addresses and
owners. The level comes from rules; an anomaly score alone gives YELLOW at most, it lifts no finding of a
family that reads the same columns, and nothing but a fact on record gives RED.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from detect.rule import Level, Rule, Weight
from models.scorer import MEAN

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

_CONTEXT = frozenset({"mechanism", "n_valid"})
"""What kind of tender it is; rules and scores that share no more than these share no evidence."""


def fuse(
    units: pl.DataFrame,
    hits: pl.DataFrame,
    scored: pl.DataFrame,
    rules: Mapping[str, Rule],
    inputs: Collection[str] = (),
) -> pl.DataFrame:
    """One row per unit: its key, `level, attention, score, rule_ids, subjects`.

    The columns of `units` are the key: `tender_id`, or `grain, party_id`. `scored` has the key and
    `score` (percentile in [0, 1] or null), which must not repeat the hits (`detect.beyond`); `inputs` are the
    columns that it rests on. `level` is null where nothing was found. `rule_ids` are ordered by what they
    add, `subjects` are the bidders that hits name.

    >>> hits = pl.DataFrame({"tender_id": ["T", "T"], "rule_id": ["E1", "E2"], "level": [2, 2],
    ...     "strength": [1.0, 1.0], "confidence": [1.0, 1.0], "subjects": [["A", "B"], ["A", "C"]]})
    >>> from detect.rule import all_rules
    >>> rules = {"E1": all_rules()["E01"], "E2": all_rules()["E01"]}
    >>> scored = pl.DataFrame({"tender_id": ["T"], "score": [0.5]})
    >>> fuse(pl.DataFrame({"tender_id": ["T", "U"]}), hits, scored, rules).select("level", "attention").rows()
    [(2, 35.0), (None, 0.0)]
    """
    key = units.columns
    found, families = _gathered(_points(hits, rules), key, _read_by(rules, inputs))
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


def _evidence(rule_id: str) -> str:
    """Family of evidence of a rule: its first letter, and one for registration and people."""
    return rule_id[0].replace("R", "P")


def _read_by(rules: Mapping[str, Rule], inputs: Collection[str]) -> list[str]:
    """Families of evidence with a rule that reads what the score reads."""
    read = {name.removeprefix(MEAN) for name in inputs} - _CONTEXT
    return sorted({_evidence(i) for i, r in rules.items() if read.intersection(r.inputs)})


def _gathered(
    points: pl.DataFrame, key: Sequence[str], read: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Per unit: highest level, rules and bidders; and over families points and weak evidence.

    `beside_score` are the families of weak evidence that the score does not read.
    """
    worst_first = pl.col("rule_id").sort_by("points", "rule_id", descending=[True, False])
    found = points.group_by(key).agg(
        pl.col("level").max().alias("rule_level"),
        worst_first.unique(maintain_order=True).alias("rule_ids"),
        pl.col("subjects").explode().drop_nulls().unique().sort().alias("subjects"),
    )
    families = points.group_by(*key, "family").agg(pl.col("points").max(), pl.col("level").max())
    weak, beside = pl.col("level") >= Level.YELLOW, ~pl.col("family").is_in(read)
    return found, families.group_by(key).agg(
        pl.col("points").sum(),
        weak.sum().alias("weak_families"),
        (weak & beside).any().alias("beside_score"),
    )


def _level() -> pl.Expr:
    """The rules' level, raised where independent weak evidence agrees or the score alone is rare."""
    rare = (pl.col("score") >= RARE).fill_null(False)
    families = pl.col("weak_families").fill_null(0) + (rare & pl.col("beside_score")).cast(pl.UInt32)
    return (
        pl.when((pl.col("rule_level") == Level.YELLOW) & (families >= WEAK_FAMILIES))
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
        pl.col("rule_id").replace_strict({i: _evidence(i) for i in rules}).alias("family"),
        (worth * pl.col("strength") * pl.col("confidence")).alias("points"),
    )
