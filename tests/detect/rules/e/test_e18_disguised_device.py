from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e18_disguised_device import disguised_device as rule

D, N = "made_up_device", "made_up_devices"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({D: True, N: 1}, "hit INFO"),
        ({D: True, N: 2}, "hit YELLOW"),
        ({D: False, N: 2}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("macs", "expected"),
    [
        ({"A": ["3C-52-82-11-22-33"], "B": ["3C-52-82-11-22-34"]}, "clear"),
        ({"A": ["3e:52:82:11:22:33"], "B": ["3C-52-82-11-22-34"]}, "hit INFO"),
        ({"A": ["00:0C:29:11:22:33"], "B": ["080027-112233"]}, "hit YELLOW"),
        ({"A": ["3e:52:82:11:22:33", "3C-52-82-11-22-33"], "B": ["3C-52-82-11-22-34"]}, "clear"),
        ({"A": ["•••33"], "B": ["•••34"]}, "not_evaluable"),
    ],
)
def test_addresses(judged: Callable[..., str], macs: dict[str, list[str]], expected: str) -> None:
    rows = [
        {"bidder_id": f, "tender_id": "T", "kind": "author_mac", "value_hash": f"{f}{i}".rjust(32, "0"),
         "display": mac, "batch_id": "b"}
        for f, shown in macs.items() for i, mac in enumerate(shown)
    ]  # fmt: skip
    held = [(f, "phone", f) for f in "AB"]
    assert judged(rule, held, identifiers=rows) == expected
