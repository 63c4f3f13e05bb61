from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from detect.rule import Rule


@pytest.fixture
def judges_a_period(verdict: Callable[..., str]) -> Callable[..., None]:
    """What rules about the legal minimum of a period have in common: facts, law, place and missing data."""

    def check(rule: Rule, days: str, least: int, *, not_mandatory: str = "hit INFO") -> None:
        short = {days: least - 1, "mandatory": True}
        said: dict[str, tuple[dict[str, Any], str]] = {
            "one day short": (short, "hit RED"),
            "just enough": ({**short, days: least}, "clear"),
            "not known whether mandatory": ({**short, "mandatory": None}, "hit INFO"),
            "not mandatory": ({**short, "mandatory": False}, not_mandatory),
            "place unknown": ({**short, "jurisdiction": None}, "not_evaluable"),
            "elsewhere": ({**short, "jurisdiction": "DO"}, "not_applicable"),
            "days unknown": ({**short, days: None}, "not_evaluable"),
            "one supplier asked": ({**short, "procurement_method": "direct"}, "not_applicable"),
            "some suppliers asked": ({**short, "procurement_method": "selective"}, "hit RED"),
            "before the law": ({**short, "deadline_at": datetime(2011, 1, 1, tzinfo=UTC)}, "hit ORANGE"),
        }
        found = {case: verdict(rule, **seen) for case, (seen, _) in said.items()}
        assert found == {case: expected for case, (_, expected) in said.items()}
        assert verdict(rule.with_limits(min_days=least - 1), **short) == "clear"

    return check
