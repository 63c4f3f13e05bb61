from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p05_same_contact import same_contact as rule


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"shared_phone": 1, "holders_phone": 5}, "hit YELLOW"),
        ({"shared_phone": 1, "holders_phone": 6}, "hit INFO"),
        ({"shared_email": 1, "holders_email": 2}, "hit YELLOW"),
        ({"shared_phone": 1, "holders_phone": 9, "shared_email": 1, "holders_email": 2}, "hit YELLOW"),
        ({"crossed_contact": 1, "holders_crossed_contact": 2}, "hit YELLOW"),
        ({"crossed_proposer": 1, "holders_crossed_proposer": 5}, "hit ORANGE"),
        ({"crossed_proposer": 1, "holders_crossed_proposer": 6}, "hit INFO"),
        ({"shared_phone": 0}, "not_evaluable"),
        ({"shared_email": 0, "crossed_proposer": 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([("A", "phone", "1"), ("B", "phone", "1")], "hit YELLOW"),
        ([("A", "phone", "1"), ("B", "registration_phone", "1"), ("B", "phone", "2")], "hit YELLOW"),
        ([("A", "guarantee_proposer", "1"), ("B", "phone", "1"), ("A", "phone", "2")], "hit ORANGE"),
        ([("A", "guarantee_proposer", "2"), ("A", "phone", "2"), ("B", "phone", "1")], "not_evaluable"),
    ],
)
def test_contacts(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, held) == expected


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_a_service_on_the_list_is_excused(judged: Callable[..., str], listed: Any, kind: str) -> None:
    held = [("A", kind, "1"), ("B", kind, "1")]
    known = listed({"known_values": [("platform_account", kind, "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
