from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e06_same_file_hash import same_file_hash as rule

WHOLE, PART, HOLDERS = "shared_file_hash", "shared_attachment_hash", "holders_attachment_hash"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({WHOLE: 1}, "hit RED"),
        ({WHOLE: 1, PART: 3, HOLDERS: 2}, "hit RED"),
        ({WHOLE: 1, "jurisdiction": None}, "hit ORANGE"),
        ({WHOLE: 0, PART: 1, HOLDERS: 5}, "hit ORANGE"),
        ({PART: 1, HOLDERS: 6}, "not_evaluable"),
        ({WHOLE: 0}, "not_evaluable"),
        ({PART: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limit_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_holders=2), **{PART: 1, HOLDERS: 3}) == "not_evaluable"


@pytest.mark.parametrize("listing", ["buyer_file", "sentinel"])
def test_files_of_the_buyer_are_excused(judged: Callable[..., str], listed: Any, listing: str) -> None:
    held = [("A", "attachment_hash", "1"), ("B", "attachment_hash", "1")]
    assert judged(rule, held) == "hit ORANGE"
    known = listed({"known_values": [(listing, "attachment_hash", "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
