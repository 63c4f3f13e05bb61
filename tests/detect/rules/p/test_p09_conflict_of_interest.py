from collections.abc import Callable
from typing import Any

import pytest

from detect.rule import Level
from detect.rules.p.p09_conflict_of_interest import conflict_of_interest as rule
from detect.run import judge
from records.tables import Market

E, R, H, B, A = (
    "n_employed_experts", "n_related_experts", "host_relations", "buyer_share", "agency_share"
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({E: 1}, "hit RED"),
        ({E: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({E: 0}, "not_evaluable"),
        ({R: 1}, "hit ORANGE"),
        ({H: 1}, "hit ORANGE"),
        ({B: 0.25}, "hit ORANGE"),
        ({B: 0.24}, "hit YELLOW"),
        ({B: 0.05}, "hit YELLOW"),
        ({B: 0.049}, "not_evaluable"),
        ({A: 0.6}, "hit ORANGE"),
        ({H: 0, B: 0.0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


HELD = [(f, "phone", f) for f in "AB"]


def told(one: str, other: str, kind: str, share: float | None = None) -> dict[str, Any]:
    return {"from_id": one, "to_id": other, "kind": kind, "share": share, "batch_id": "b"}


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ([told("A", "E", "employs")], "hit RED"),
        ([told("A", "E", "related_to")], "hit ORANGE"),
        ([told("BUYER", "A", "owns", 0.6)], "hit ORANGE"),
        ([told("A", "BUYER", "owns", 0.1)], "hit YELLOW"),
        ([told("AGENCY", "X", "owns", 0.3), told("X", "A", "owns", 0.9)], "hit ORANGE"),
        ([told("BUYER", "A", "related_to")], "hit ORANGE"),
        ([told("X", "A", "owns", 0.6)], "not_evaluable"),
        ([told("BUYER", "A", "owns", 0.6), told("C", "BUYER", "state_owned_by")], "not_evaluable"),
    ],
)
def test_relations(tiny_market: Callable[..., Market], relations: Any, expected: str) -> None:
    panels = [{"tender_id": "T", "expert_id": "E", "batch_id": "b"}]
    hosts = {"buyer_id": "BUYER", "agency_id": "AGENCY"}
    market = tiny_market(HELD, hosts, relations=relations, panels=panels)
    found = judge(market, [rule])
    level = found.hits["level"].max()
    assert (
        f"hit {Level(level).name}" if isinstance(level, int) else found.states[rule.id].item()
    ) == expected


def test_the_hit_names_the_bidder(tiny_market: Callable[..., Market]) -> None:
    market = tiny_market(HELD, {"buyer_id": "BUYER"}, relations=[told("BUYER", "A", "owns", 0.6)])
    assert judge(market, [rule]).hits["subjects"].to_list() == [["A"]]
