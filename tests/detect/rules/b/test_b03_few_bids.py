from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b03_few_bids import few_bids as rule

FEW = {"n_bids": 2, "procurement_method": "open"}
ABROAD = {**FEW, "jurisdiction": "DO", "few_bids_place": 0.05}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FEW, "hit INFO"),
        ({**FEW, "n_bids": 1}, "hit INFO"),
        ({**FEW, "n_bids": 3}, "clear"),
        ({**FEW, "n_bids": None}, "not_evaluable"),
        ({**FEW, "procurement_method": None}, "hit INFO"),
        ({**FEW, "procurement_method": "selective"}, "hit INFO"),
        ({**FEW, "procurement_method": "direct"}, "not_applicable"),
        (ABROAD, "hit INFO"),
        ({**ABROAD, "few_bids_place": 0.0501}, "clear"),
        ({**ABROAD, "few_bids_place": None}, "not_evaluable"),
        ({**ABROAD, "few_bids_place": None, "n_bids": 3}, "clear"),
        ({**ABROAD, "jurisdiction": None}, "hit INFO"),
        ({**ABROAD, "jurisdiction": None, "few_bids_place": 0.5}, "clear"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(least_bids=2), **FEW) == "clear"
    assert verdict(rule.with_limits(max_place=0.01), **ABROAD) == "clear"
