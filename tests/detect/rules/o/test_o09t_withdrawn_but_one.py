from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o09t_withdrawn_but_one import withdrawn_but_one as rule

TENDER = {"n_bids": 4, "n_withdrawn": 2, "n_valid": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (TENDER, "hit YELLOW"),
        ({**TENDER, "n_withdrawn": 1}, "clear"),
        ({**TENDER, "n_valid": 2}, "clear"),
        ({**TENDER, "n_withdrawn": None}, "not_evaluable"),
        ({**TENDER, "n_bids": 3}, "hit YELLOW"),
        ({**TENDER, "n_bids": 2}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_withdrawn=3), **TENDER) == "clear"
