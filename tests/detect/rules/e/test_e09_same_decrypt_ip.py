from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e09_same_decrypt_ip import same_decrypt_ip as rule

IP = "shared_decrypt_ip"


@pytest.mark.parametrize(
    ("seen", "expected"), [({IP: 1}, "hit YELLOW"), ({IP: 0}, "clear"), ({IP: None}, "not_evaluable")]
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize("listing", ["centre_device", "shared_network", "sentinel"])
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str) -> None:
    held = [("A", "decrypt_ip", "1"), ("B", "decrypt_ip", "1")]
    known = listed({"known_values": [(listing, "decrypt_ip", "1")]})
    assert judged(rule, held, **known) == "clear (excused)"
