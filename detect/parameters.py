"""Limits by place and time: the parameter set in force at a tender's deadline applies to it.

A set is data (TOML): where and since when it holds, who answers for it, why, and the limits that it changes.

    [gansu-2025]
    jurisdiction = "CN-62"
    valid_from = 2025-01-01
    owner = "Supervision department"
    reason = "Shadow mode of the fourth quarter of 2024"
    [gansu-2025.rules.Q02]
    max_spread = 0.03

Of several sets that hold, the one of the narrowest jurisdiction counts.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from detect.rule import Rule, Variant
from detect.validity import Validity
from records.source import BadInput

SHIPPED = Path(__file__).with_name("parameters.toml")
WORKSPACE_FILE = "parameters.toml"
"""A file of this name in a workspace adds to the sets that the engine brings."""


class ParameterSet(NamedTuple):
    """Limits of some rules in one jurisdiction and period."""

    id: str
    validity: Validity
    owner: str
    reason: str
    rules: Mapping[str, Mapping[str, Any]]

    def told(self) -> dict[str, Any]:
        """What a run keeps of it."""
        place, since, until = self.validity
        return {
            "jurisdiction": place,
            "valid_from": str(since),
            "valid_to": None if until is None else str(until),
            "owner": self.owner,
            "reason": self.reason,
            "rules": {rule_id: dict(limits) for rule_id, limits in self.rules.items()},
        }


def read_parameters(paths: Iterable[Path]) -> list[ParameterSet]:
    """Sets of TOML files, the narrowest jurisdiction first.

    Raises:
        BadInput: a file cannot be read, a field is missing or unknown, or two sets of one jurisdiction
            share a day.

    """
    found = [made for path in paths for made in _read(path)]
    for one, other in combinations(found, 2):
        if one.id == other.id:
            raise BadInput(f"Two parameter sets are called {one.id!r}", one.id, "Rename one.")
        if one.validity.overlaps(other.validity):
            raise BadInput(
                f"Parameter sets {one.id!r} and {other.id!r} both hold in {one.validity.jurisdiction}",
                "their periods overlap",
                "End one before the other begins (valid_to is the first day on which it no longer holds).",
            )
    return sorted(found, key=lambda s: (-len(s.validity.jurisdiction), s.id))


def in_workspace(workspace: Path | None) -> list[ParameterSet]:
    """The sets that the engine brings and those of a workspace."""
    own = [] if workspace is None else [workspace / WORKSPACE_FILE]
    return read_parameters([SHIPPED, *(path for path in own if path.exists())])


def tuned(rules: Sequence[Rule], sets: Sequence[ParameterSet]) -> list[Rule]:
    """The rules with a variant for every set that changes one of their limits.

    Raises:
        BadInput: a set names a rule or limit that does not exist, or a value of another type.

    """
    known = {r.id: r for r in rules}
    for chosen in sets:
        for rule_id, changes in chosen.rules.items():
            _check(known, chosen, rule_id, changes)
    return [r.with_variants(_variants(r, sets)) for r in rules]


def _variants(rule: Rule, sets: Sequence[ParameterSet]) -> list[Variant]:
    """Sets that do not speak of the rule are variants too: a narrower set hides a wider one."""
    if not any(rule.id in s.rules for s in sets):
        return []
    return [Variant(s.id, s.validity, s.rules.get(rule.id, {})) for s in sets]


def _check(known: Mapping[str, Rule], chosen: ParameterSet, rule_id: str, changes: Mapping[str, Any]) -> None:
    where = f"parameter set {chosen.id!r}"
    if rule_id not in known:
        raise BadInput(f"There is no rule {rule_id!r}", where, f"Known rules: {sorted(known)}.")
    limits = known[rule_id].limits
    for name, value in changes.items():
        if name not in limits:
            raise BadInput(
                f"Rule {rule_id} has no limit {name!r}", where, f"It has {sorted(limits) or 'none'}."
            )
        if not _same_kind(value, limits[name]):
            expected = type(limits[name]).__name__
            raise BadInput(
                f"Limit {name!r} of rule {rule_id} is {value!r}", where, f"Give a value of type {expected}."
            )


def _same_kind(value: object, default: object) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


_FIELDS = {"jurisdiction", "valid_from", "owner", "reason", "rules"}


def _read(path: Path) -> list[ParameterSet]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"The parameter file cannot be read: {error}", str(path), "Mend the file.") from None
    return [_set(key, table, path) for key, table in tables.items()]


def _set(key: str, table: Any, path: Path) -> ParameterSet:
    have = set(table) if isinstance(table, dict) else set()
    if wrong := sorted((_FIELDS - have) | (have - _FIELDS - {"valid_to"})):
        raise BadInput(
            f"Parameter set {key!r} lacks or does not know {wrong}",
            str(path),
            f"It needs {sorted(_FIELDS)} and may have 'valid_to'.",
        )
    since, until = table["valid_from"], table.get("valid_to")
    if not isinstance(since, date) or not isinstance(until, date | None) or (until and until <= since):
        raise BadInput(
            f"Parameter set {key!r} holds from {since} to {until}",
            str(path),
            "Write dates like 2025-01-01 without quotes, the end after the beginning.",
        )
    validity = Validity(table["jurisdiction"], since, until)
    return ParameterSet(key, validity, table["owner"], table["reason"], table["rules"])
