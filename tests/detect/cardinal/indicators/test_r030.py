from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]
ENDS = {"tender": {"tenderPeriod": {"endDate": "2021-03-01T12:00:00Z"}}}


@pytest.mark.parametrize(
    ("bids", "awards", "firms"),
    [
        ("A 1 valid USD 2021-03-01T12:00:01Z", "A", ["A"]),
        ("A 1 valid USD 2021-03-01T12:00:00Z", "A", []),
        ("A 1 valid USD 2021-03-01 13:00:00", "A", []),
        ("A 1 disqualified USD 2021-03-02", "A", []),
        ("A 1 valid USD 2021-03-02", "B", []),
        ("A 1 valid USD 2021-03-02", "A cancelled", []),
        ("A+B 1 valid USD 2021-03-02, C 1 valid USD 2021-03-02", "B, A+C, D pending", ["A", "B", "C"]),
    ],
)
def test_late_winners_are_flagged(
    bids: str, awards: str, firms: list[str], release: Made, judge: Made
) -> None:
    found = judge("[R030]", release("a", bids, awards, **ENDS))
    expected = {"OCID": {"a": {"R030": 1.0}}, "Tenderer": {firm: {"R030": 1.0} for firm in firms}}
    assert found.groups == (expected if firms else {})
    assert found.maps["ocid_tenderer_r030"] == ({"a": firms} if firms else {})


def test_without_an_end_nothing_is_late(release: Made, judge: Made) -> None:
    made = release("a", "A 1 valid USD 2021-03-02", "A", tender={"tenderPeriod": {"endDate": 5}})
    assert judge("[R030]", made).groups == {}
