from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e10_same_subnet import same_subnet as rule

NET, IP, HOLDERS = "shared_upload_subnet", "shared_upload_ip", "holders_upload_subnet"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({NET: 1, IP: 0, HOLDERS: 20}, "hit INFO"),
        ({NET: 1, IP: 0, HOLDERS: 21}, "clear"),
        ({NET: 1, IP: 1, HOLDERS: 2}, "clear"),
        ({NET: 1, HOLDERS: 2}, "hit INFO"),
        ({NET: 0, IP: 0}, "clear"),
        ({IP: 0}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_exclusions(judged: Callable[..., str], listed: Any) -> None:
    held = [(f, kind, value) for f, value in (("A", "1"), ("B", "2")) for kind in ("upload_ip",)]
    held += [("A", "upload_subnet", "9"), ("B", "upload_subnet", "9")]
    assert judged(rule, held) == "hit INFO"
    known = listed({"known_values": [("shared_network", "upload_subnet", "9")]})
    assert judged(rule, held, **known) == "clear (excused)"
