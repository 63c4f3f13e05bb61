from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.r.r04_same_registration_contact import same_registration_contact as rule

A, P, E = "shared_registration_agent", "shared_registration_phone", "shared_registration_email"
HA = "holders_registration_agent"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1, HA: 5}, "hit YELLOW"),
        ({A: 1, HA: 6}, "hit INFO"),
        ({P: 1, "holders_registration_phone": 2}, "hit YELLOW"),
        ({E: 1, "holders_registration_email": 2}, "hit YELLOW"),
        ({A: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize("kind", ["registration_agent", "registration_phone", "registration_email"])
def test_a_registration_service_is_excused(judged: Callable[..., str], listed: Any, kind: str) -> None:
    held = [("A", kind, "1"), ("B", kind, "1")]
    assert judged(rule, held) == "hit YELLOW"
    known = listed({"known_values": [("platform_account", kind, "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
