from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b03a_linked_among_three import linked_among_three as rule

LINKED = {"n_bids": 3, "shared_deposit_account": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LINKED, "hit ORANGE"),
        ({**LINKED, "shared_deposit_account": 0, "shared_agent": 2}, "hit ORANGE"),
        ({**LINKED, "shared_deposit_account": 0}, "not_evaluable"),
        ({"n_bids": 3}, "not_evaluable"),
        ({**LINKED, "n_bids": 4}, "not_applicable"),
        ({**LINKED, "jurisdiction": "DO"}, "not_applicable"),
        ({**LINKED, "jurisdiction": None}, "not_evaluable"),
        ({**LINKED, "n_bids": 2}, "not_applicable"),
        ({**LINKED, "mechanism": "lottery"}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(needed_bids=4), **{**LINKED, "n_bids": 4}) == "hit ORANGE"


HELD = [("A", "boq_lock", "1"), ("B", "boq_lock", "1"), ("C", "boq_lock", "2")]


def test_two_of_three_bidders_of_a_tender(judged: Callable[..., str]) -> None:
    assert judged(rule, HELD) == "hit ORANGE"
    assert judged(rule, [*HELD, ("D", "boq_lock", "3")]) == "not_applicable"
    assert judged(rule, [(firm, kind, firm.lower()) for firm, kind, _ in HELD]) == "not_evaluable"


@pytest.mark.parametrize("listing", ["platform_account", "buyer_file", "sentinel"])
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str) -> None:
    assert (
        judged(rule, HELD, **listed({"known_values": [(listing, "boq_lock", "1")]}))
        == "not_evaluable (excused)"
    )
