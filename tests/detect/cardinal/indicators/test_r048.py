from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


def supplied(*codes: object, firm: str = "F", status: str = "active", firms: int = 1) -> dict[str, Any]:
    items = [{"classification": {"id": code}} for code in codes]
    return {"status": status, "suppliers": [{"id": firm}] * firms, "items": items}


def test_kinds_at_the_fence_are_flagged(judge: Made) -> None:
    market = [
        {"ocid": "a", "awards": [supplied("1011", "1012", "20"), supplied("30", 40, firm="G")]},
        {"ocid": "b", "awards": [supplied("10"), supplied("31", firm="G"), {"status": "active"}]},
    ]
    settings = "[R048]; minimum_contracting_processes = 2; threshold = 2"
    found = judge(settings, *market)
    assert found.groups == {"Tenderer": {"F": {"R048": 2.0}, "G": {"R048": 2.0}}}
    assert found.meta == {"R048": {"upper_fence": 2.0}}
    assert judge(f"{settings}; digits = 1", *market).groups == {"Tenderer": {"F": {"R048": 2.0}}}


@pytest.mark.parametrize(
    "award", [supplied("10", status="pending"), supplied("10", firms=2), supplied(10), supplied()]
)
def test_only_awards_in_force_to_one_supplier_with_coded_items_count(
    award: dict[str, Any], judge: Made
) -> None:
    settings = "[R048]; minimum_contracting_processes = 1; threshold = 1"
    assert judge(settings, {"ocid": "a", "awards": [award]}).groups == {}


def test_a_process_counts_once_and_twenty_are_needed(judge: Made) -> None:
    market = [{"ocid": f"o{i}", "awards": [supplied("10"), supplied("20")]} for i in range(20)]
    assert judge("[R048]", *market[1:]).meta == {"R048": {"q1": None, "q3": None, "upper_fence": None}}
    found = judge("[R048]", *market)
    assert found.meta == {"R048": {"q1": 2.0, "q3": 2.0, "upper_fence": 2.0}}
    assert found.groups == {"Tenderer": {"F": {"R048": 2.0}}}
