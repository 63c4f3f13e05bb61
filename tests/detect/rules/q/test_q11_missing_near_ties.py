from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q11_missing_near_ties import missing_near_ties as rule
from detect.run import judge
from records.tables import Market

LACK = {
    "near_tie_p": 0.01, "near_ties": 60, "near_neighbours": 140, "market_tenders": 400, "market_bids": 2400,
    "coarse_tenders_share": 0.05,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LACK, "hit INFO"),
        ({**LACK, "near_tie_p": 0.011}, "clear"),
        ({**LACK, "near_neighbours": 60}, "clear"),
        ({**LACK, "near_tie_p": None, "near_ties": None}, "not_evaluable"),
        ({**LACK, "coarse_tenders_share": 0.051}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_p=0.001), **LACK) == "clear"
    assert verdict(rule.with_limits(max_coarse=0.5), **{**LACK, "coarse_tenders_share": 0.5}) == "hit INFO"


def test_a_market_is_judged_as_a_party_that_names_nobody(competition_market: Market) -> None:
    found = judge(competition_market, [rule]).parties
    assert found.counts.select("grain", "clear", "not_evaluable").row(0) == ("market", 2, 0)
    apart = judge(competition_market, [rule.with_limits(max_p=1.0)]).parties
    assert apart.hits["subjects"].list.len().to_list() == [0] * apart.hits.height
