from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]
FIVE = "W 1, A 2 disqualified, B 2 disqualified, B 3 disqualified, W 4 disqualified"


@pytest.mark.parametrize(
    ("bids", "awards", "settings", "others"),
    [
        (FIVE, "W", "", 2.0),
        (FIVE, "W, W", "threshold = 2", 2.0),
        (FIVE, "W, X cancelled", "threshold = 0", 2.0),
        (FIVE, "W", "threshold = 3", None),
        (FIVE, "W, X pending", "", None),
        (FIVE, "W, X odd", "", None),
        (FIVE, "W, A", "", None),
        (FIVE, "A", "", None),
        (FIVE, "", "", None),
        ("W 1, W 2 disqualified", "W", "threshold = 0", None),
        ("W 1, A 1, B 2 disqualified", "W", "", None),
        ("W+V 1, B 2 disqualified", "W+V", "", None),
        ("W 1, B 2 withdrawn, C 3 pending", "W", "", None),
    ],
)
def test_a_winner_left_alone_is_flagged_with_how_many_others(
    bids: str, awards: str, settings: str, others: float | None, release: Made, judge: Made
) -> None:
    found = judge(f"[R035]; {settings}", release("a", bids, awards))
    expected = {"OCID": {"a": {"R035": others}}, "Tenderer": {"W": {"R035": 0.0}}}
    assert found.groups == (expected if others else {})
    assert found.maps["ocid_tenderer_r035"] == ({"a": ["W"]} if others else {})
