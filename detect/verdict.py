"""Rules on the rows of one grain: verdicts, what a hit keeps, and which columns were missing."""

from collections.abc import Sequence

import polars as pl

from detect.exclusions import unchecked
from detect.rule import Rule, State

FOUND = pl.Schema(
    [
        ("rule_id", pl.String()),
        ("level", pl.Int8()),
        ("found_level", pl.Int8()),
        ("subjects", pl.List(pl.String())),
        ("strength", pl.Float64()),
        ("confidence", pl.Float64()),
        ("p_value", pl.Float64()),
        ("parameter_set", pl.String()),
        ("evidence", pl.String()),
    ]
)
MISSING = pl.Schema([("rule_id", pl.String()), ("column", pl.String()), ("n", pl.UInt32())])
STATE = pl.Enum([s.value for s in State])
"""States in the order in which the strongest of several rows counts: hit, clear, then the rest."""

NOT_APPLICABLE = -1


def verdicts(frame: pl.DataFrame, rules: Sequence[Rule], lists: frozenset[str] = frozenset()) -> pl.DataFrame:
    """One column per rule id: level of a hit, 0 clear, null not evaluable, -1 not applicable.

    All rules are judged in one pass, so that what several of them read is computed once. `lists` are those
    on record, see `detect.exclusions.on_record`: without one that its exclusions need no rule gives RED.
    """
    return frame.select(
        pl.when(r.applicable())
        .then(r.verdict(checked=not unchecked(r, lists)))
        .otherwise(pl.lit(NOT_APPLICABLE, pl.Int8))
        .alias(r.id)
        for r in rules
    )


def places(verdict: pl.Expr) -> pl.Expr:
    """Where the state of each verdict stands in `STATE`; of several rows the least counts."""
    order = {state.value: pl.lit(place, pl.UInt8) for place, state in enumerate(State)}
    return (
        pl.when(verdict > 0).then(order[State.HIT])
        .when(verdict == 0).then(order[State.CLEAR])
        .when(verdict.is_null()).then(order[State.NOT_EVALUABLE])
        .otherwise(order[State.NOT_APPLICABLE])
    )  # fmt: skip


def named(place: pl.Expr) -> pl.Expr:
    """The state that stands at each of `places`.

    >>> pl.select(named(places(pl.Series([3, 0, None, -1], dtype=pl.Int8)))).to_series().to_list()
    ['hit', 'clear', 'not_evaluable', 'not_applicable']
    """
    return place.replace_strict({i: s.value for i, s in enumerate(State)}, return_dtype=STATE)


def found(
    rows: pl.DataFrame, level: pl.Series, r: Rule, subjects: pl.Expr, confidence: pl.Expr
) -> pl.DataFrame:
    """What the hits of a rule keep, one row per hit and in the same order; see `FOUND`.

    `found_level` is what the predicate found, `level` what may be shown of it; they differ where RED is held
    back. `evidence` is JSON of the values that the rule, its conditions and its chance read.
    """
    return rows.select(
        pl.lit(r.id).alias("rule_id"),
        level.alias("level"),
        r.found().alias("found_level"),
        subjects.alias("subjects"),
        r.strength().cast(pl.Float64).alias("strength"),
        confidence.alias("confidence"),
        r.p_value().alias("p_value"),
        r.parameter_set().alias("parameter_set"),
        pl.struct(_plain(rows, r.reads)).struct.json_encode().alias("evidence"),
    ).cast(FOUND)


def missing(rows: pl.DataFrame, found: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """How often each column kept a rule from being evaluated: `rule_id, column, n`; `found` are verdicts."""
    asked = [(r.id, column) for r in rules if found[r.id].null_count() for column in r.inputs]
    stuck = {rule_id: found[rule_id].is_null() for rule_id, _ in asked}
    counts = rows.select((pl.col(c).is_null() & stuck[i]).sum().alias(f"{i} {c}") for i, c in asked)
    return counted(asked, counts.row(0) if asked else ())


def counted(asked: Sequence[tuple[str, str]], counts: Sequence[int]) -> pl.DataFrame:
    """Counts of rules and columns as rows of `MISSING`, zeros left out."""
    told = [(rule_id, column, n) for (rule_id, column), n in zip(asked, counts, strict=True) if n]
    return pl.DataFrame(told, schema=MISSING, orient="row")


def _plain(rows: pl.DataFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """Columns as JSON numbers: decimals would become text, which sentences cannot format."""
    return [pl.col(c).cast(pl.Float64) if rows[c].dtype.is_decimal() else pl.col(c) for c in columns]
