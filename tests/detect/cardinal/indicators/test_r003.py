from collections.abc import Callable
from typing import Any

import pytest

from detect.cardinal.indicators.r003 import seconds, whole_days

Made = Callable[..., Any]
OPENED = "2021-03-01T18:00:00Z"


def period(start: object, end: object, **tender: Any) -> dict[str, Any]:
    return {"tender": {"tenderPeriod": {"startDate": start, "endDate": end}, **tender}}


@pytest.mark.parametrize(
    ("end", "flagged"),
    [
        ("2021-03-16T17:59:59Z", True),
        ("2021-03-16T18:00:00Z", False),
        ("2021-03-16T17:59:59.999Z", True),
        ("2021-03-16T18:00:00+00:01", True),
        ("2021-03-16t19:30:00z", False),
        ("2021-02-01T00:00:00Z", True),
        ("2021-03-02", False),
        (None, False),
    ],
)
def test_flagged_below_fifteen_whole_days(end: object, flagged: bool, release: Made, judge: Made) -> None:
    found = judge("[R003]", release("a", **period(OPENED, end)))
    assert found.groups == ({"OCID": {"a": {"R003": 1.0}}} if flagged else {})


@pytest.mark.parametrize(
    ("settings", "tender", "flagged"),
    [
        ("threshold = 5", {}, False),
        ("procurement_methods = open|selective", {"procurementMethod": "open"}, True),
        ("procurement_methods = open|selective", {"procurementMethod": "direct"}, False),
        ("procurement_methods = open|selective", {}, False),
        ("[R003.procurement_method_details]; Quick = 3", {"procurementMethodDetails": "Quick"}, False),
        ("[R003.procurement_method_details]; Quick = 3", {"procurementMethodDetails": "Slow"}, True),
    ],
)
def test_thresholds_and_methods_can_be_set(
    settings: str, tender: dict[str, Any], flagged: bool, release: Made, judge: Made
) -> None:
    made = release("a", **period(OPENED, "2021-03-06T18:00:00Z", **tender))
    assert bool(judge(f"[R003]; {settings}", made).groups) is flagged


@pytest.mark.parametrize(
    "moment",
    [
        "2021-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "2021-01-01T24:00:00Z", "2021-01-01T00:60:00Z",
        "2021-01-01T00:00:00", "2021-01-01T00:00:00+24:00", "2021-01-01T00:00:00+0100", "2021-1-01T00:00:00Z",
        "2021-01-01T00:00:00.Z", "2021-01-01T00:00Z", 20210101,
    ],
)  # fmt: skip
def test_what_is_no_moment_has_none(moment: object) -> None:
    assert seconds(moment) is None


def test_moments_are_on_one_scale() -> None:
    assert seconds("2021-01-01T00:00:00Z") == seconds("2020-12-31T22:30:00-01:30")
    first, second = seconds("1999-12-31T23:59:60Z"), seconds("2000-01-01T00:00:00Z")
    assert first == second
    before, after = seconds("0000-02-29T00:00:00Z"), seconds("0400-02-29T00:00:00Z")
    assert before is not None
    assert after is not None
    assert whole_days(before, after) == 146_097


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [((0, 1), (86_400, 0), 0), ((86_400, 0), (0, 1), 0), ((0, 0), (-86_400, 0), -1), ((0, 5), (0, 1), 0)],
)
def test_days_count_towards_zero(start: tuple[int, int], end: tuple[int, int], days: int) -> None:
    assert whole_days(start, end) == days
