from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e12_ca_certificates_together import ca_certificates_together as rule

HANDLER, POINT, HOLDERS = "shared_ca_handler", "shared_ca_point", "holders_ca_handler"
MINUTES, NUMBERS = "minutes_apart_ca_point", "numbers_apart_ca_point"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({HANDLER: 1, HOLDERS: 10}, "hit YELLOW"),
        ({HANDLER: 1, HOLDERS: 11}, "clear"),
        ({HANDLER: 0, POINT: 1, MINUTES: 5.0}, "hit YELLOW"),
        ({HANDLER: 0, POINT: 1, MINUTES: 5.1}, "clear"),
        ({POINT: 1, MINUTES: 60.0, NUMBERS: 3}, "hit YELLOW"),
        ({POINT: 1, NUMBERS: 4}, "clear"),
        ({POINT: 1}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_a_dealer_on_the_list_is_excused(judged: Callable[..., str], listed: Any) -> None:
    held = [("A", "ca_handler", "1"), ("B", "ca_handler", "1")]
    assert judged(rule, held) == "hit YELLOW"
    known = listed({"known_values": [("platform_account", "ca_handler", "1")]})
    assert judged(rule, held, **known) == "clear (excused)"
