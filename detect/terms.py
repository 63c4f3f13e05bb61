"""The terms in which rules speak: levels, states, weights, moments, words, award mechanisms."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from string import Formatter
from types import MappingProxyType
from typing import NamedTuple

from records.tables import Mechanism


class Level(IntEnum):
    """How strong a lead is; RED only from facts on record that meet a legal condition."""

    INFO = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


class State(StrEnum):
    """Outcome of one rule for one tender; missing data is never CLEAR."""

    HIT = "hit"
    CLEAR = "clear"
    NOT_EVALUABLE = "not_evaluable"
    NOT_APPLICABLE = "not_applicable"


class Weight(IntEnum):
    """Points towards attention, by what the evidence is (rules C01)."""

    FACT = 100
    LINK = 60
    PATTERN = 30
    GROUP = 25
    SCREEN = 10
    CONTEXT = 3


class Point(StrEnum):
    """First moment in a tender's life at which the inputs exist (rules 0.5)."""

    REGISTRATION = "T1"
    DEPOSIT = "T2"
    UPLOAD = "T3"
    OPENING = "T4"
    EVALUATION = "T5"
    AWARD = "T6"
    CONTRACT = "T7"
    HISTORY = "T8"


class Words(NamedTuple):
    """Title, sentence and innocent reading in one language.

    Sentences have places `{column}` and `{limit}`, filled by `str.format` from a hit's evidence and
    the rule's limits. `weaker` holds the sentences of findings below the rule's highest level; a finding
    that may not be shown as RED is none of them.
    """

    title: str
    sentence: str
    innocent: str
    weaker: Mapping["Level", str] = MappingProxyType({})

    def at(self, level: int) -> str:
        """The sentence of what the rule found at this level."""
        return self.weaker.get(Level(level), self.sentence)

    def places(self) -> list[str]:
        """Names of the places that the sentences have.

        >>> Words("title", "{n_bids} bids, {least_bids} needed", "innocent").places()
        ['n_bids', 'least_bids']
        """
        said = (self.sentence, *self.weaker.values())
        return [name for text in said for _, name, _, _ in Formatter().parse(text) if name]


FREE_PRICE = frozenset({Mechanism.LOWEST, Mechanism.MEAN_BENCHMARK, Mechanism.SCORED, Mechanism.RATE, None})
"""Mechanisms under which a bidder sets its own price; None is a mechanism not on record."""

FREE_AMOUNT = FREE_PRICE - {Mechanism.RATE}
"""Those of them whose bids are amounts of money: rounding makes equal and evenly spaced rates common."""
