from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b03_few_bids import few_bids as rule

FEW = {"n_bids": 2}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FEW, "hit INFO"),
        ({"n_bids": 1}, "hit INFO"),
        ({"n_bids": 3}, "clear"),
        ({"n_bids": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(least_bids=2), **FEW) == "clear"
