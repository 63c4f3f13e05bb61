from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e05_same_file_creation_id import same_file_creation_id as rule

ID = "shared_file_id"


@pytest.mark.parametrize(
    ("seen", "expected"), [({ID: 1}, "hit ORANGE"), ({ID: 0}, "clear"), ({ID: None}, "not_evaluable")]
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_red_only_where_the_local_rule_lets_the_id_decide(verdict: Callable[..., str]) -> None:
    local = rule.with_limits(decides=True)
    assert verdict(local, **{ID: 1}) == "hit RED"
    assert verdict(local, **{ID: 1}, jurisdiction="DO") == "hit ORANGE"
    assert verdict(local, **{ID: 0}) == "clear"


def test_exclusions(judged: Callable[..., str], listed: Any) -> None:
    held = [("A", "file_id", "1"), ("B", "file_id", "1")]
    assert judged(rule, held) == "hit ORANGE"
    sentinel = listed({"known_values": [("sentinel", "file_id", "1")]})
    assert judged(rule, held, **sentinel) == "clear (excused)"
