from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m08_documents_bought_together import documents_bought_together as rule

A, ORDER, C = "shared_purchase_account", "shared_purchase_order", "crossed_purchase"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1}, "hit YELLOW"),
        ({ORDER: 1}, "hit YELLOW"),
        ({C: 1}, "hit YELLOW"),
        ({A: 0, ORDER: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize("kind", ["purchase_account", "purchase_order"])
def test_a_document_service_is_excused(judged: Callable[..., str], listed: Any, kind: str) -> None:
    held = [("A", kind, "1"), ("B", kind, "1")]
    assert judged(rule, held) == "hit YELLOW"
    known = listed({"known_values": [("platform_account", kind, "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"


def test_an_account_in_two_roles(judged: Callable[..., str]) -> None:
    held = [("A", "purchase_account", "1"), ("B", "basic_account", "1"), ("A", "basic_account", "2")]
    assert judged(rule, held) == "hit YELLOW"
