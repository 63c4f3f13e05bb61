from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p03_same_project_member import same_project_member as rule

MANAGER, MEMBER, NAME = "shared_project_manager", "shared_team_member", "shared_team_member_name"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({MANAGER: 1}, "hit RED"),
        ({MANAGER: 0, MEMBER: 1}, "hit RED"),
        ({MANAGER: 1, "jurisdiction": None}, "hit ORANGE"),
        ({MANAGER: 0}, "not_evaluable"),
        ({MEMBER: 0}, "not_evaluable"),
        ({MANAGER: 0, NAME: 1}, "hit INFO"),
        ({MANAGER: 0, MEMBER: 0}, "clear"),
        ({MANAGER: 0, MEMBER: 0, NAME: 1}, "clear"),
        ({NAME: 2}, "hit INFO"),
        ({NAME: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([("A", "team_member", "1"), ("B", "team_member", "1")], "hit RED"),
        ([("A", "project_manager", "1"), ("B", "project_manager", "2")], "not_evaluable"),
        ([("A", "project_manager", "1"), ("B", "team_member", "1")], "not_evaluable"),
    ],
)
def test_teams(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, held) == expected


def test_placeholder_is_excused(judged: Callable[..., str], listed: Any) -> None:
    tables = listed({"known_values": [("sentinel", "team_member", "1")]})
    held = [("A", "team_member", "1"), ("B", "team_member", "1")]
    assert judged(rule, held, **tables) == "not_evaluable (excused)"
