from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o11p_one_purpose_firm import one_purpose_firm as rule

FIRM = {"age_at_first_days": 180, "silent_days": 365, "n_won": 2, "n_entered": 5}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIRM, "hit YELLOW"),
        ({**FIRM, "age_at_first_days": 181}, "clear"),
        ({**FIRM, "age_at_first_days": -1}, "clear"),
        ({**FIRM, "silent_days": 364}, "clear"),
        ({**FIRM, "n_won": 3}, "clear"),
        ({**FIRM, "n_won": 0}, "clear"),
        ({**FIRM, "n_entered": 6}, "clear"),
        ({**FIRM, "age_at_first_days": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_age=90), **FIRM) == "clear"
