"""What stands in the table: a way to score the test rows of a split from its training rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from models.benchmark.frames import Bools, Floats, Ints, Labelled, Unit
from models.benchmark.splits import Protocol


class Sees(StrEnum):
    """What a method reads beyond the bids of a tender; printed beside it in the table."""

    NOTHING = ""
    NUMBER = "number of bids"
    DATE = "date"
    IDENTITY = "identity"
    AS_WRITTEN = "tender id, amount, date"
    BIDS = "bids"
    UNLABELLED = "bids, unlabelled company"


class Task(NamedTuple):
    """Rows to learn from with label and weight, rows to judge, and where they come from.

    Rows of several markets are one frame with a column `market`. Candidates get frames from which the
    protocol has taken what it forbids; baselines get everything. `company` numbers the training rows by firm
    (bids) or cluster of company (tenders); it serves to hold training rows out, no method reads it.
    """

    protocol: Protocol
    unit: Unit
    train: pl.DataFrame
    label: Bools
    weight: Floats
    test: pl.DataFrame
    markets: Mapping[str, Labelled]
    seed: int
    company: Ints


Score = Callable[[Task], Floats | None]


@dataclass(frozen=True)
class Method:
    """A line of the table. `threshold` is what a method freezes by itself; else it is frozen on training."""

    name: str
    score: Score
    sees: Sees
    candidate: bool = False
    threshold: float | None = None
    slow: bool = False
    protocols: tuple[Protocol, ...] = tuple(Protocol)


METHODS: dict[str, Method] = {}


def method(
    name: str,
    sees: Sees,
    *,
    threshold: float | None = None,
    slow: bool = False,
    protocols: tuple[Protocol, ...] = tuple(Protocol),
) -> Callable[[Score], Score]:
    """Register a baseline; `None` from it says that the data cannot support it.

    Raises:
        ValueError: the name is taken.

    """

    def register(score: Score) -> Score:
        if name in METHODS:
            raise ValueError(f"Method {name} is registered twice.")
        METHODS[name] = Method(name, score, sees, False, threshold, slow, protocols)
        return score

    return register
