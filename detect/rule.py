"""What a rule is: a predicate over feature columns, with its law, its words and its four states."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

import polars as pl

import detect.rules
from detect.laws import cite
from detect.terms import FREE_AMOUNT, FREE_PRICE, Level, Point, State, Weight, Words
from detect.validity import Validity
from features.catalogue import Grain, first_sentence
from records.discovery import discover
from records.tables import Mechanism

__all__ = [
    "FREE_AMOUNT", "FREE_PRICE", "Level", "Point", "Rule", "State", "Variant", "Weight", "Words",
    "all_rules", "rule",
]  # fmt: skip
"""All that a rule's file needs; the terms are explained in `detect.terms`."""

Predicate = Callable[..., Any]
"""Positional parameters are columns, keyword-only ones limits; an expression, or one per level."""

_ORANGE = pl.lit(Level.ORANGE.value, pl.Int8)


@dataclass(frozen=True)
class Condition:
    """When a rule means anything; otherwise it is NOT_APPLICABLE for the given reason."""

    en: str
    zh: str
    holds: Predicate


class Variant(NamedTuple):
    """Other limits of a rule where a parameter set holds."""

    set_id: str
    validity: Validity
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """One check. `found` and `verdict` give a level, 0 for clear, null for not evaluable.

    `variants` are tried in their order: the first that holds for a row gives its limits. `nominal` is the
    limit, or else the number, that a statistical rule promises not to exceed where nobody agrees anything:
    the share of rows that it hits, or for a false-discovery rate the share of markets with any hit.
    `of_whole` are those of its `chances` that speak of a whole tender, not of one of its bids or ties.
    `needs` are columns that must be known before the rule can judge, though the predicate reads others.
    """

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
    chances: list[Predicate] = field(default_factory=list)
    of_whole: list[Predicate] = field(default_factory=list)
    variants: tuple[Variant, ...] = ()
    nominal: str | float | None = None
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.nominal, str) and self.nominal not in self.limits:
            raise ValueError(f"Rule {self.id}: no limit {self.nominal!r}; it has {sorted(self.limits)}.")
        if self.level == Level.RED and (self.weight != Weight.FACT or not self.law):
            raise ValueError(f"Rule {self.id}: RED needs a fact (Weight.FACT) and a law it meets.")
        cite(self.law)

    @property
    def family(self) -> str:
        """First letter of the id: E, M, P, R, D, Q, O, X, B."""
        return self.id[0]

    @property
    def rate(self) -> float | None:
        """What `nominal` says under the rule's limits; null for facts and plain screens."""
        return float(self.limits[self.nominal]) if isinstance(self.nominal, str) else self.nominal

    @property
    def statement(self) -> str:
        """What the rule detects, in one sentence."""
        return first_sentence(self.predicate)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that it needs, and those that the predicate reads."""
        return (*self.needs, *_positional(self.predicate))

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns that the predicate, the conditions, the strength, the chance or the sentences read."""
        functions = [self.predicate, *(c.holds for c in self.conditions), *self.strengths, *self.chances]
        named = [*self.needs, *(name for f in functions for name in _positional(f))]
        told = [place for words in (self.en, self.zh) for place in words.places() if place not in self.limits]
        return tuple(dict.fromkeys([*named, *told]))

    def found(self) -> pl.Expr:
        """Level of what the predicate finds in each row as Int8: 0 clear, null not evaluable.

        The sentence of a finding goes by it, whatever level may be shown.
        """
        return self._by_set(Rule._found)

    def verdict(self, *, checked: bool = True) -> pl.Expr:
        """Level that may be shown of each row, as Int8: 0 clear, null not evaluable.

        RED speaks of a legal condition, so it becomes ORANGE where none of the rule's laws is known to hold
        at the tender's place and deadline, and where not all of the rule's exclusions could be `checked`.
        """
        found = self.found()
        if self.level < Level.RED:
            return found
        in_force = pl.any_horizontal(law.holds() for law in cite(self.law))
        shown = in_force.fill_null(False) & checked
        return pl.when((found == Level.RED.value) & ~shown).then(_ORANGE).otherwise(found)

    def _found(self) -> pl.Expr:
        found = self._bind(self.predicate)
        by_level: dict[Level, pl.Expr] = found if isinstance(found, dict) else {self.level: found}
        clear = ~pl.any_horizontal(by_level.values())
        verdict: pl.Expr = pl.when(clear).then(pl.lit(0, pl.Int8))
        for level in sorted(by_level):
            verdict = pl.when(by_level[level]).then(pl.lit(level.value, pl.Int8)).otherwise(verdict)
        return verdict if not self.needs else pl.when(self._known()).then(verdict)

    def _known(self) -> pl.Expr:
        return pl.all_horizontal(pl.col(name).is_not_null() for name in self.needs)

    def routed(self) -> pl.Expr:
        """Whether the rule means anything under each row's award mechanism."""
        if self.mechanisms is None:
            return pl.lit(True)
        known = [m.value for m in self.mechanisms if m is not None]
        return pl.col("mechanism").cast(pl.String).is_in(known).fill_null(None in self.mechanisms)

    def applicable(self) -> pl.Expr:
        """Whether the rule means anything for each row; unknown counts as applicable."""
        return self._by_set(Rule._applicable)

    def _applicable(self) -> pl.Expr:
        return pl.all_horizontal(
            self.routed(), *(self._bind(c.holds).fill_null(True) for c in self.conditions)
        )

    def state(self, verdict: pl.Expr | None = None) -> pl.Expr:
        """State of each row, as text; `verdict` where the levels have been computed already."""
        level = self.verdict() if verdict is None else verdict
        return (
            pl.when(~self.applicable()).then(pl.lit(State.NOT_APPLICABLE.value))
            .when(level.is_null()).then(pl.lit(State.NOT_EVALUABLE.value))
            .when(level > 0).then(pl.lit(State.HIT.value))
            .otherwise(pl.lit(State.CLEAR.value))
        )  # fmt: skip

    def strength(self) -> pl.Expr:
        """How far beyond chance a hit is, in [0, 1]; 1 for facts."""
        if self.strengths:
            return self._by_set(lambda r: r._bind(r.strengths[0])).clip(0, 1).fill_null(0)
        return beyond_chance(self.p_value()).fill_null(0) if self.chances else pl.lit(1.0)

    def p_value(self) -> pl.Expr:
        """Chance of the finding without any agreement; null for facts and plain screens."""
        if not self.chances:
            return pl.lit(None, pl.Float64)
        return self._by_set(lambda r: r._bind(r.chances[0])).cast(pl.Float64)

    def parameter_set(self) -> pl.Expr:
        """Id of the parameter set whose limits each row was judged by; null for the defaults."""
        chosen = pl.lit(None, pl.String)
        for variant in reversed(self.variants):
            chosen = pl.when(variant.validity.holds()).then(pl.lit(variant.set_id)).otherwise(chosen)
        return chosen

    def applies(self, en: str, zh: str) -> Callable[[Predicate], Predicate]:
        """Decorate a predicate that must hold for the rule to be applicable; its limits join the rule's."""

        def add(holds: Predicate) -> Predicate:
            self.limits.update(_defaults(holds))
            self.conditions.append(Condition(en, zh, holds))
            return holds

        return add

    def grades(self, strength: Predicate) -> Predicate:
        """Decorate the function that grades a hit's strength."""
        self.strengths.append(strength)
        return strength

    def chance(self, p_value: Predicate) -> Predicate:
        """Decorate the function that gives a finding's p-value; without `grades` it sets the strength."""
        self.chances.append(p_value)
        return p_value

    def chance_somewhere(self, p_value: Predicate) -> Predicate:
        """Decorate a `chance` that already counts every bid or tie of the tender that was looked at."""
        self.of_whole.append(p_value)
        return self.chance(p_value)

    def with_variants(self, variants: Sequence[Variant]) -> "Rule":
        """The same rule with other limits where parameter sets hold."""
        return replace(self, variants=tuple(variants))

    def with_limits(self, **changes: Any) -> "Rule":
        """The same rule under other limits.

        Raises:
            ValueError: the rule has no such limit.

        """
        if unknown := sorted(set(changes) - set(self.limits)):
            raise ValueError(f"Rule {self.id} has no limit {unknown}; it has {sorted(self.limits)}.")
        return replace(self, limits={**self.limits, **changes})

    def _by_set(self, make: Callable[["Rule"], pl.Expr]) -> pl.Expr:
        """What `make` gives under the limits that hold for each row."""
        made = make(self)
        for variant in reversed(self.variants):
            other = self.with_limits(**variant.changes)
            made = pl.when(variant.validity.holds()).then(make(other)).otherwise(made)
        return made

    def _bind(self, function: Predicate) -> Any:
        named = {k: self.limits[k] for k in _defaults(function)}
        return function(*map(pl.col, _positional(function)), **named)


def beyond_chance(p: pl.Expr) -> pl.Expr:
    """Strength of a statistical finding: 0 at p = 1, 1 from one in a million on.

    >>> round(pl.select(beyond_chance(pl.lit(0.001))).item(), 9)
    0.5
    """
    return -p.clip(1e-6, 1).log10() / 6


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
    nominal: str | float | None = None,
    needs: Sequence[str] = (),
) -> Callable[[Predicate], Rule]:
    """Register a predicate as a rule; positional parameters are columns, keyword-only ones limits.

    `level` is the highest that the rule can give; for `nominal` and `needs` see `Rule`. A predicate
    returns a boolean expression, or a mapping from level to boolean expression when it grades its own
    findings.
    """

    def register(predicate: Predicate) -> Rule:
        if rule_id in RULES:
            raise ValueError(f"Rule {rule_id} is registered twice.")
        RULES[rule_id] = Rule(
            rule_id, level, grain, weight, point, en, zh, tuple(law), mechanisms, version,
            predicate, _defaults(predicate), nominal=nominal, needs=tuple(needs),
        )  # fmt: skip
        return RULES[rule_id]

    return register


def all_rules() -> dict[str, Rule]:
    """Every rule below `detect.rules`, by id."""
    discover(detect.rules)
    return dict(sorted(RULES.items()))


def _parameters(function: Predicate) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


@cache
def _positional(function: Predicate) -> tuple[str, ...]:
    return tuple(k for k, p in _parameters(function).items() if p.kind != p.KEYWORD_ONLY)


def _defaults(function: Predicate) -> dict[str, Any]:
    return {k: p.default for k, p in _parameters(function).items() if p.kind == p.KEYWORD_ONLY}
