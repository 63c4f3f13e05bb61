"""When a run is made in a tender's life: which rules have what they read by then (rules 0.5)."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import polars as pl

from detect.rule import Point, Rule, State
from detect.run import Verdicts
from detect.verdict import MISSING, STATE


class RunPoint(StrEnum):
    """The moment as of which a run judges.

    * `UPLOAD`: bids are sealed; traces of registration, deposit and upload exist.
    * `OPENING`: prices and documents are known, and so is what the bidders did before.
    * `AWARD`: the outcome is known; all rules are judged.
    """

    UPLOAD = "upload"
    OPENING = "opening"
    AWARD = "award"


_SEALED = (Point.REGISTRATION, Point.DEPOSIT, Point.UPLOAD)
_OPENED = (*_SEALED, Point.OPENING, Point.HISTORY)
"""Histories of tenders, bids and ties are as of the deadline, so they exist with the opening."""

KNOWN = {
    RunPoint.UPLOAD: frozenset(_SEALED),
    RunPoint.OPENING: frozenset(_OPENED),
    RunPoint.AWARD: frozenset(Point),
}


def known_by(rules: Sequence[Rule], point: RunPoint) -> tuple[list[Rule], list[Rule]]:
    """The rules whose inputs exist at a point, and the others.

    >>> from detect.rule import all_rules
    >>> ids = [[r.id for r in part] for part in known_by(all_rules().values(), RunPoint.UPLOAD)]
    >>> "E01" in ids[0], "Q02" in ids[1], "X05" in ids[1]
    (True, True, True)
    """
    by_then = KNOWN[point]
    return [r for r in rules if r.point in by_then], [r for r in rules if r.point not in by_then]


def with_sealed(verdicts: Verdicts, sealed: Sequence[Rule], point: RunPoint) -> Verdicts:
    """The same with the rules that cannot be judged yet: not evaluable for that reason, never clear."""
    n, state = verdicts.states.height, pl.lit(State.NOT_EVALUABLE.value, STATE)
    states = verdicts.states.with_columns(state.alias(r.id) for r in sealed)
    why = pl.DataFrame(
        {"rule_id": [r.id for r in sealed], "column": f"not public at {point}", "n": n}, schema=MISSING
    )
    ordered = states.select("tender_id", *sorted(states.columns[1:]))
    return replace(verdicts, states=ordered, missing=pl.concat([verdicts.missing, why]))
