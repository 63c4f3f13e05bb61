from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b05_all_but_one_refused import all_but_one_refused as rule

ALONE = {"only_one_admitted": True, "n_bids": 10, "n_disqualified": 9, "n_rejected_lower": 2}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ALONE, "hit ORANGE"),
        ({**ALONE, "n_bids": 5, "n_disqualified": 4, "n_rejected_lower": 1}, "hit ORANGE"),
        ({**ALONE, "n_bids": 4, "n_disqualified": 3}, "hit YELLOW"),
        ({**ALONE, "n_rejected_lower": 0}, "hit INFO"),
        ({**ALONE, "n_rejected_lower": None}, "hit INFO"),
        ({**ALONE, "only_one_admitted": False}, "clear"),
        ({**ALONE, "only_one_admitted": None, "n_disqualified": None}, "not_evaluable"),
        ({**ALONE, "n_bids": 2, "n_disqualified": 1}, "not_applicable"),
        ({**ALONE, "n_bids": 3, "n_disqualified": 2}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(many_bids=11), **ALONE) == "hit YELLOW"
