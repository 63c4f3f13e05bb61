from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from detect.exclusions import shared_kinds
from detect.rules.b.b03a_linked_among_three import linked_among_three
from detect.rules.o.o07_giving_way import giving_way as rule

PAIR = {
    "gave_way": True, "gave_way_increase": 0.01, "gave_way_before": 1, "n_award_replacements": 1,
    "shared_legal_rep": 0,
}  # fmt: skip
ONCE = {**PAIR, "gave_way_before": 0}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PAIR, "hit ORANGE"),
        (ONCE, "hit INFO"),
        ({**ONCE, "shared_legal_rep": 1}, "hit ORANGE"),
        ({**ONCE, "shared_deposit_account": 1}, "hit ORANGE"),
        ({**ONCE, "shared_agent": 1}, "hit ORANGE"),
        ({**ONCE, "shared_author_disk": 1}, "hit ORANGE"),
        ({**ONCE, "shared_refund_account": 1}, "hit ORANGE"),
        ({**PAIR, "gave_way_before": None}, "hit INFO"),
        ({**PAIR, "gave_way_increase": 0.0}, "clear"),
        ({**PAIR, "gave_way_increase": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_what_links_two_of_three_links_these_two() -> None:
    assert shared_kinds(linked_among_three) <= shared_kinds(rule)


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_before=2), **PAIR) == "hit INFO"


@pytest.mark.parametrize(("replacements", "expected"), [(0, "clear"), (None, "not_evaluable")])
def test_a_tie_that_is_not_listed_is_judged_by_its_tender(replacements: int | None, expected: str) -> None:
    nothing = {**dict.fromkeys(rule.reads), "n_award_replacements": replacements, "mechanism": None}
    seen = pl.DataFrame([nothing], dict.fromkeys(nothing, pl.Float64) | {"gave_way": pl.Boolean})
    assert seen.select(rule.state()).item() == expected
