from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from detect.rules.m.m07_winner_pays_losers import winner_pays_losers as rule

N, EQUAL, NAMED, SHARE = (
    "n_payments_to_loser",
    "equally_paid_losers",
    "payment_names_service",
    "payment_share",
)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({N: 1}, "hit YELLOW"),
        ({N: 1, SHARE: 0.01}, "hit YELLOW"),
        ({N: 1, SHARE: 0.009}, "clear"),
        ({N: 1, EQUAL: 2}, "hit ORANGE"),
        ({N: 1, EQUAL: 1}, "hit YELLOW"),
        ({N: 1, NAMED: True, SHARE: 0.001}, "hit ORANGE"),
        ({N: 1, NAMED: True, "jurisdiction": "CN-50"}, "hit ORANGE"),
        ({N: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def paid(to: str, memo: str | None = None) -> dict[str, Any]:
    day = datetime(2024, 6, 10, tzinfo=UTC)
    told = {"payment_id": f"p{to}{memo}", "from_id": "A", "to_id": to, "amount": 10, "paid_at": day}
    return {**told, "memo": memo, "batch_id": "b"}


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ([paid("B", "协作费")], "hit ORANGE"),
        ([paid("B", "项目配合费"), paid("C")], "hit ORANGE"),
        ([paid("B"), paid("C")], "hit ORANGE"),
        ([paid("B")], "hit YELLOW"),
        ([paid("elsewhere")], "clear"),
    ],
)
def test_payments(judged: Callable[..., str], payments: Any, expected: str) -> None:
    held = [(f, "phone", f) for f in "ABC"]
    award = {"award_id": "a", "tender_id": "T", "bidder_id": "A", "amount": 100, "batch_id": "b"}
    awards = [{**award, "awarded_at": datetime(2024, 6, 1, tzinfo=UTC)}]
    assert judged(rule, held, awards=awards, payments=payments) == expected


def test_without_payments_on_record_nothing_is_clear(judged: Callable[..., str]) -> None:
    held = [(f, "phone", f) for f in "AB"]
    award = {"award_id": "a", "tender_id": "T", "bidder_id": "A", "amount": 100, "batch_id": "b"}
    awards = [{**award, "awarded_at": datetime(2024, 6, 1, tzinfo=UTC)}]
    assert judged(rule, held, awards=awards) == "not_evaluable"
