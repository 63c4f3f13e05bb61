from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o08_work_for_losers import work_for_losers as rule

PAIR = {"n_subcontracts_to_loser": 1, "subcontract_share": 0.05, "n_subcontracts": 2}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PAIR, "hit ORANGE"),
        ({**PAIR, "subcontract_share": 0.049}, "hit YELLOW"),
        ({**PAIR, "subcontract_share": None}, "hit YELLOW"),
        ({**PAIR, "n_subcontracts_to_loser": None, "subcontract_share": None}, "clear"),
        ({**PAIR, "n_subcontracts_to_loser": None, "n_subcontracts": 0}, "clear"),
        ({**PAIR, "n_subcontracts_to_loser": None, "n_subcontracts": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_share=0.1), **PAIR) == "hit YELLOW"
