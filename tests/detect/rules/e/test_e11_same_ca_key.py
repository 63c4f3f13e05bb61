from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e11_same_ca_key import same_ca_key as rule

KEY = "shared_ca_key"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({KEY: 1}, "hit RED"),
        ({KEY: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({KEY: 0}, "clear"),
        ({KEY: None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize("listing", ["platform_account", "sentinel"])
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str) -> None:
    held = [("A", "ca_key", "1"), ("B", "ca_key", "1")]
    assert judged(rule, held, **listed({"known_values": [(listing, "ca_key", "1")]})) == "clear (excused)"
