"""What a rule is: a predicate over feature columns, with its law, its words and its four states."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import polars as pl

import detect.rules
from features.catalogue import Grain, first_sentence
from records.discovery import discover
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
    """Title, sentence with `{column}` places, and innocent reading, in one language."""

    title: str
    sentence: str
    innocent: str


FREE_PRICE = frozenset({Mechanism.LOWEST, Mechanism.MEAN_BENCHMARK, Mechanism.SCORED, Mechanism.RATE, None})
"""Mechanisms under which a bidder sets its own price; None is a mechanism not on record."""

Predicate = Callable[..., Any]
"""Positional parameters are columns, keyword-only ones limits; an expression, or one per level."""


@dataclass(frozen=True)
class Condition:
    """When a rule means anything; otherwise it is NOT_APPLICABLE for the given reason."""

    en: str
    zh: str
    holds: Predicate


@dataclass(frozen=True)
class Rule:
    """One check. `verdict` gives a level, 0 for clear, null for not evaluable."""

    id: str
    level: Level
    grain: Grain
    weight: Weight
    point: Point
    en: Words
    zh: Words
    law: tuple[str, ...]
    mechanisms: frozenset[Mechanism | None] | None
    version: int
    predicate: Predicate
    limits: dict[str, Any]
    conditions: list[Condition] = field(default_factory=list)
    strengths: list[Predicate] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.level == Level.RED and (self.weight != Weight.FACT or not self.law):
            raise ValueError(f"Rule {self.id}: RED needs a fact (Weight.FACT) and a law it meets.")

    @property
    def family(self) -> str:
        """First letter of the id: E, M, P, R, D, Q, O, X, B."""
        return self.id[0]

    @property
    def statement(self) -> str:
        """What the rule detects, in one sentence."""
        return first_sentence(self.predicate)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that the predicate reads."""
        return _positional(self.predicate)

    def verdict(self) -> pl.Expr:
        """Level of each row as Int8: 0 clear, null not evaluable."""
        found = self._bind(self.predicate)
        by_level: dict[Level, pl.Expr] = found if isinstance(found, dict) else {self.level: found}
        clear = ~pl.any_horizontal(by_level.values())
        verdict: pl.Expr = pl.when(clear).then(pl.lit(0, pl.Int8))
        for level in sorted(by_level):
            verdict = pl.when(by_level[level]).then(pl.lit(level.value, pl.Int8)).otherwise(verdict)
        return verdict

    def applicable(self) -> pl.Expr:
        """Whether the rule means anything for each row; unknown counts as applicable."""
        holds = [self._bind(c.holds).fill_null(True) for c in self.conditions]
        if self.mechanisms is not None:
            known = [m.value for m in self.mechanisms if m is not None]
            unknown = pl.lit(None in self.mechanisms)
            routed = pl.col("mechanism").cast(pl.String).is_in(known).fill_null(unknown)
            holds.append(routed)
        return pl.all_horizontal(holds) if holds else pl.lit(True)

    def strength(self) -> pl.Expr:
        """How far beyond chance a hit is, in [0, 1]; 1 for facts."""
        return self._bind(self.strengths[0]).clip(0, 1).fill_null(0.5) if self.strengths else pl.lit(1.0)

    def applies(self, en: str, zh: str) -> Callable[[Predicate], Predicate]:
        """Decorate a predicate that must hold for the rule to be applicable."""

        def add(holds: Predicate) -> Predicate:
            self.conditions.append(Condition(en, zh, holds))
            return holds

        return add

    def grades(self, strength: Predicate) -> Predicate:
        """Decorate the function that grades a hit's strength."""
        self.strengths.append(strength)
        return strength

    def with_limits(self, **changes: Any) -> "Rule":
        """The same rule under other limits.

        Raises:
            ValueError: the rule has no such limit.

        """
        if unknown := sorted(set(changes) - set(self.limits)):
            raise ValueError(f"Rule {self.id} has no limit {unknown}; it has {sorted(self.limits)}.")
        return replace(self, limits={**self.limits, **changes})

    def _bind(self, function: Predicate) -> Any:
        named = {k: self.limits[k] for k in _keyword_only(function)}
        return function(*map(pl.col, _positional(function)), **named)


RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    level: Level,
    grain: Grain,
    weight: Weight,
    point: Point,
    en: Words,
    zh: Words,
    law: Sequence[str] = (),
    mechanisms: frozenset[Mechanism | None] | None = None,
    version: int = 1,
) -> Callable[[Predicate], Rule]:
    """Register a predicate as a rule; positional parameters are columns, keyword-only ones limits.

    `level` is the highest that the rule can give. A predicate returns a boolean expression, or a
    mapping from level to boolean expression when it grades its own findings.
    """

    def register(predicate: Predicate) -> Rule:
        if rule_id in RULES:
            raise ValueError(f"Rule {rule_id} is registered twice.")
        limits = {k: p.default for k, p in _parameters(predicate).items() if p.kind == p.KEYWORD_ONLY}
        RULES[rule_id] = Rule(
            rule_id, level, grain, weight, point, en, zh, tuple(law), mechanisms, version,
            predicate, limits,
        )  # fmt: skip
        return RULES[rule_id]

    return register


def all_rules() -> dict[str, Rule]:
    """Every rule below `detect.rules`, by id."""
    discover(detect.rules)
    return dict(sorted(RULES.items()))


def _parameters(function: Predicate) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def _positional(function: Predicate) -> tuple[str, ...]:
    return tuple(k for k, p in _parameters(function).items() if p.kind != p.KEYWORD_ONLY)


def _keyword_only(function: Predicate) -> tuple[str, ...]:
    return tuple(k for k, p in _parameters(function).items() if p.kind == p.KEYWORD_ONLY)
