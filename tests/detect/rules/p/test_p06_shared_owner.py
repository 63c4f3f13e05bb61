from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p06_shared_owner import shared_owner as rule

OWNERS, S = "common_owners", "common_owner_share"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"shared_shareholder": 1, "holders_shareholder": 50}, "hit YELLOW"),
        ({"shared_shareholder": 1, "holders_shareholder": 51}, "not_evaluable"),
        ({"shared_director": 1, "holders_director": 2}, "hit YELLOW"),
        ({"crossed_owner": 1, "holders_crossed_owner": 2}, "hit YELLOW"),
        ({OWNERS: 1, S: 0.05}, "hit YELLOW"),
        ({OWNERS: 1, S: 0.25}, "hit ORANGE"),
        ({OWNERS: 1, S: 0.249}, "hit YELLOW"),
        ({OWNERS: 0}, "not_evaluable"),
        ({"shared_director": 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


HELD = [(f, "phone", f) for f in "AB"]


def owns(owner: str, firm: str, share: float = 1.0, kind: str = "owns") -> dict[str, Any]:
    return {"from_id": owner, "to_id": firm, "kind": kind, "share": share, "batch_id": "b"}


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ([owns("X", "A", 0.3), owns("X", "B", 0.25)], "hit ORANGE"),
        ([owns("X", "A", 0.3), owns("X", "B", 0.2)], "hit YELLOW"),
        ([owns("X", "Y", 0.3), owns("Y", "A"), owns("X", "B")], "hit ORANGE"),
        ([owns("X", "A", 0.04), owns("X", "B"), owns("Z", "A")], "not_evaluable"),
        ([owns("X", "A"), owns("X", "B"), owns("A", "X", kind="state_owned_by")], "not_evaluable"),
        ([owns("X", "A"), owns("X", "B"), *(owns("X", f"F{i}") for i in range(49))], "not_evaluable"),
        ([owns("X", "A"), owns("X", "B"), *(owns("X", f"F{i}") for i in range(48))], "hit ORANGE"),
    ],
)
def test_owners_of_both(judged: Callable[..., str], relations: Any, expected: str) -> None:
    assert judged(rule, HELD, relations=relations) == expected


def test_the_state_as_common_shareholder_is_excused(judged: Callable[..., str]) -> None:
    held = [("A", "shareholder", "1"), ("B", "shareholder", "1")]
    assert judged(rule, held) == "hit YELLOW"
    state = [owns(f, "S", kind="state_owned_by") for f in "AB"]
    assert judged(rule, held, relations=state) == "not_evaluable (excused)"


def test_one_person_in_two_roles(judged: Callable[..., str]) -> None:
    held = [("A", "director", "1"), ("B", "shareholder", "1"), ("A", "shareholder", "2")]
    assert judged(rule, held) == "hit YELLOW"
