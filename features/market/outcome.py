"""What every market test returns, and how a test says that it was given too little."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Outcome:
    """One test's answer over a set of tenders.

    `p_value` is the chance of a statistic at least as far from what competition or stability predicts;
    null where the test gives a `bound` instead, which the truth exceeds at a stated confidence. `n` counts
    what `unit` names. `invalid_if` lists the circumstances, other than what the test looks for, that would
    bring the same result.

    >>> Outcome("benford", 0.02, n=120, unit="amounts", p_value=0.03).p_value
    0.03
    """

    test: str
    statistic: float
    n: int
    unit: str
    p_value: float | None = None
    bound: float | None = None
    invalid_if: tuple[str, ...] = ()
    source: str = ""
    details: Mapping[str, float] = field(default_factory=dict)


def require(test: str, have: int, least: int, unit: str, remedy: str) -> None:
    """Refuse to judge on too little.

    Raises:
        ValueError: there are fewer than `least` of `unit`.

    >>> require("Benford", 12, 100, "amounts", "Pool more years.")
    Traceback (most recent call last):
    ...
    ValueError: Benford needs at least 100 amounts and has 12. Pool more years.
    """
    if have < least:
        raise ValueError(f"{test} needs at least {least} {unit} and has {have}. {remedy}")


def need_columns(test: str, frame: pl.LazyFrame, columns: tuple[str, ...]) -> None:
    """Refuse a frame without the columns that a test reads.

    Raises:
        ValueError: a column is absent.

    """
    have = frame.collect_schema().names()
    if missing := [name for name in columns if name not in have]:
        raise ValueError(f"{test} reads the columns {list(columns)}; {missing} are not among {have}.")
