from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q08_moved_benchmark import moved_benchmark as rule

PULL = {
    "pivotal_wins": 3, "pivotal_wins_p": 0.01, "benchmark_lots": 12, "benchmark_pull": 0.004,
    "thin_market": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PULL, "hit YELLOW"),
        ({**PULL, "pivotal_wins_p": 0.001}, "hit ORANGE"),
        ({**PULL, "pivotal_wins_p": 0.0011}, "hit YELLOW"),
        ({**PULL, "pivotal_wins_p": 0.0101}, "clear"),
        ({**PULL, "pivotal_wins": 2}, "clear"),
        ({**PULL, "pivotal_wins_p": None}, "not_evaluable"),
        ({**PULL, "benchmark_lots": 0}, "not_applicable"),
        ({**PULL, "benchmark_lots": None, "pivotal_wins": None}, "not_applicable"),
        ({**PULL, "thin_market": True}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_wins=4), **PULL) == "clear"
    assert verdict(rule.with_limits(max_p=0.005), **PULL) == "clear"
    assert verdict(rule.with_limits(strong_p=0.01), **PULL) == "hit ORANGE"


def test_the_sentence_says_by_which_mean_the_group_would_win() -> None:
    assert "by the trimmed mean" in rule.en.sentence
    assert "own formula" in rule.en.innocent
    assert "截尾均值" in rule.zh.sentence
    assert "自身公式" in rule.zh.innocent
