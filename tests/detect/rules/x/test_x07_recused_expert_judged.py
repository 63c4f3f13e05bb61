from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x07_recused_expert_judged import recused_expert_judged as rule

RECUSED = {"n_recused_experts": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (RECUSED, "hit RED"),
        ({**RECUSED, "jurisdiction": "DO"}, "hit ORANGE"),
        ({"n_recused_experts": 0, "n_related_experts": 1}, "hit ORANGE"),
        ({"n_related_experts": 1}, "hit ORANGE"),
        ({"n_recused_experts": 0}, "clear"),
        ({}, "not_evaluable"),
        ({**RECUSED, "mechanism": "lottery"}, "hit RED"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected
