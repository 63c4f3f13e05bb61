from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q13_lower_beside_outsiders import lower_beside_outsiders as rule
from detect.run import judge
from records.tables import Market

DROP = {
    "member_discount_change": 0.05, "outsider_p": 0.01, "discount_alone": 0.03,
    "discount_with_outsiders": 0.09,
    "n_alone": 8, "n_with_outsiders": 8, "thin_market": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (DROP, "hit YELLOW"),
        ({**DROP, "outsider_p": 0.001}, "hit ORANGE"),
        ({**DROP, "outsider_p": 0.0011}, "hit YELLOW"),
        ({**DROP, "outsider_p": 0.0101}, "clear"),
        ({**DROP, "member_discount_change": 0.0499}, "clear"),
        ({**DROP, "discount_alone": 0.09}, "clear"),
        ({**DROP, "outsider_p": None}, "not_evaluable"),
        ({**DROP, "n_alone": 7}, "not_applicable"),
        ({**DROP, "n_with_outsiders": 7}, "not_applicable"),
        ({**DROP, "thin_market": True}, "not_applicable"),
        ({**DROP, "thin_market": None}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_lots=5), **{**DROP, "n_alone": 5}) == "hit YELLOW"
    assert verdict(rule.with_limits(min_change=0.1), **DROP) == "clear"
    assert verdict(rule.with_limits(strong_p=0.01), **DROP) == "hit ORANGE"


def test_a_group_is_judged_by_its_members(competition_market: Market) -> None:
    found = judge(competition_market, [rule.with_limits(min_lots=0, max_p=1.0, min_change=-9.0)]).parties
    assert found.counts["grain"].item() == "group"
    assert found.hits["subjects"].list.len().to_list() >= [2] * found.hits.height
