from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


def concerned(buyer: str, entity: str) -> dict[str, Any]:
    return {"buyer": {"id": buyer}, "tender": {"procuringEntity": {"id": entity}}}


@pytest.fixture
def market(release: Made) -> list[Any]:
    return [
        release("a", "F 1 disqualified, G 2, H 3 withdrawn", **concerned("B", "P")),
        release("b", "F 1 disqualified, G 2 pending", **concerned("B", "Q")),
        release("c", "F+G 1", **concerned("C", "Q")),
    ]


def test_shares_at_the_fence_are_flagged_per_group(market: list[Any], judge: Made) -> None:
    found = judge("[R038]; threshold = 0.5", *market)
    assert found.groups == {
        "Tenderer": {"F": {"R038": 2 / 3}},
        "Buyer": {"B": {"R038": 0.5}},
        "ProcuringEntity": {"P": {"R038": 0.5}},
    }
    fences = ("Buyer_upper_fence", "ProcuringEntity_upper_fence", "Tenderer_upper_fence")
    assert found.meta == {"R038": dict.fromkeys(fences, 0.5)}
    assert found.maps["ocid_buyer_r038"] == {"a": "B", "b": "B"}
    assert found.maps["ocid_procuringentity_r038"] == {"a": "P", "b": "Q"}
    assert found.maps["ocid_tenderer"] == {key: ["F", "G"] for key in "abc"}


@pytest.mark.parametrize(
    ("settings", "groups"),
    [
        ("minimum_submitted_bids = 4", {"Buyer", "ProcuringEntity"}),
        ("minimum_contracting_processes = 5", {"Tenderer"}),
        ("minimum_contracting_processes = 4", {"Tenderer", "Buyer"}),
    ],
)
def test_minima_count_submitted_bids(settings: str, groups: set[str], market: list[Any], judge: Made) -> None:
    assert set(judge(f"[R038]; threshold = 0.5; {settings}", *market).groups) == groups


def test_the_fence_comes_from_the_quartiles_of_the_group(release: Made, judge: Made) -> None:
    bids = [f"F{i} 1 disqualified, " + ", ".join([f"F{i} 1"] * i) for i in range(1, 9)]
    found = judge("[R038]", *(release(f"o{i}", b) for i, b in enumerate(bids)))
    assert found.meta == {
        "R038": {"Tenderer_q1": 0.1324, "Tenderer_q3": 0.2986, "Tenderer_upper_fence": 0.5479}
    }
    assert found.groups == {}


def test_silent_where_most_have_no_disqualified_bid(release: Made, judge: Made) -> None:
    market = [release(f"o{i}", f"F{i} 1, F{i} 2") for i in range(9)]
    found = judge("[R038]", *market, release("x", "X 1 disqualified, X 2"))
    assert found.meta["R038"]["Tenderer_upper_fence"] == 0.0
    assert found.groups == {}
