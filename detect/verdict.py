"""One rule on the rows of one grain: levels, what a hit keeps, and which columns were missing."""

from collections.abc import Sequence

import polars as pl

from detect.rule import Rule

FOUND = pl.Schema(
    [
        ("rule_id", pl.String()),
        ("level", pl.Int8()),
        ("subjects", pl.List(pl.String())),
        ("strength", pl.Float64()),
        ("confidence", pl.Float64()),
        ("p_value", pl.Float64()),
        ("parameter_set", pl.String()),
        ("evidence", pl.String()),
    ]
)
MISSING = pl.Schema([("rule_id", pl.String()), ("column", pl.String()), ("n", pl.UInt32())])


def levels(frame: pl.DataFrame, r: Rule) -> pl.Series:
    """Level per row; 0 clear or not applicable, null not evaluable."""
    return frame.select(pl.when(r.applicable()).then(r.verdict()).otherwise(0).alias("verdict")).to_series()


def found(
    rows: pl.DataFrame, level: pl.Series, r: Rule, subjects: pl.Expr, confidence: pl.Expr
) -> pl.DataFrame:
    """What the hits of a rule keep, one row per hit and in the same order; see `FOUND`.

    `evidence` is JSON of the values that the rule, its conditions and its chance read.
    """
    return rows.select(
        pl.lit(r.id).alias("rule_id"),
        level.alias("level"),
        subjects.alias("subjects"),
        r.strength().cast(pl.Float64).alias("strength"),
        confidence.alias("confidence"),
        r.p_value().alias("p_value"),
        r.parameter_set().alias("parameter_set"),
        pl.struct(_plain(rows, r.reads)).struct.json_encode().alias("evidence"),
    ).cast(FOUND)


def missing(rows: pl.DataFrame, r: Rule) -> pl.DataFrame:
    """How often each column kept the rule from being evaluated: `rule_id, column, n`."""
    stuck = rows.filter(r.applicable() & r.verdict().is_null()).select(pl.col(r.inputs).is_null().sum())
    return counted(stuck, r)


def counted(counts: pl.DataFrame, r: Rule) -> pl.DataFrame:
    """One row of counts as rows of `MISSING`, zeros left out."""
    return (
        counts.unpivot(variable_name="column", value_name="n")
        .filter(pl.col("n") > 0)
        .select(pl.lit(r.id).alias("rule_id"), "column", pl.col("n").cast(pl.UInt32))
    )


def _plain(rows: pl.DataFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """Columns as JSON numbers: decimals would become text, which sentences cannot format."""
    return [pl.col(c).cast(pl.Float64) if rows[c].dtype.is_decimal() else pl.col(c) for c in columns]
