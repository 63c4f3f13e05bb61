from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p04_same_agent import same_agent as rule

A, HANDLER, H, P = "shared_agent", "shared_operator", "crossed_handler", "crossed_person"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1}, "hit RED"),
        ({HANDLER: 1}, "hit RED"),
        ({H: 1}, "hit RED"),
        ({P: 1}, "hit ORANGE"),
        ({A: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({A: 0, HANDLER: 0, P: 0}, "not_evaluable"),
        ({A: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([("A", "agent", "1"), ("B", "agent", "1")], "hit RED"),
        ([("A", "agent", "1"), ("B", "operator", "1"), ("B", "agent", "2")], "hit RED"),
        ([("A", "agent", "1"), ("B", "legal_rep", "1"), ("A", "legal_rep", "3")], "hit ORANGE"),
        (
            [("A", "agent", "1"), ("A", "legal_rep", "1"), ("B", "legal_rep", "2"), ("B", "agent", "2")],
            "not_evaluable",
        ),
    ],
)
def test_people_in_one_and_in_two_roles(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, held) == expected


def test_a_listed_service_is_excused_and_a_listed_agent_is_not(
    judged: Callable[..., str], listed: Any
) -> None:
    held = [("A", "operator", "1"), ("B", "operator", "1")]
    known = listed({"known_values": [("platform_account", "operator", "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
    people = [("A", "agent", "1"), ("B", "agent", "1")]
    assert judged(rule, people, **listed({"known_values": [("platform_account", "agent", "1")]})) == "hit RED"
    assert (
        judged(rule, people, **listed({"known_values": [("sentinel", "agent", "1")]}))
        == "not_evaluable (excused)"
    )
