from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.rules.b.b01_short_bid_period import short_bid_period as rule
from features.build import Build
from features.catalogue import Grain

SHORT = {"bid_calendar_days": 19, "mandatory": True}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SHORT, "hit RED"),
        ({**SHORT, "bid_calendar_days": 20}, "clear"),
        ({**SHORT, "mandatory": None}, "hit INFO"),
        ({**SHORT, "jurisdiction": None}, "not_evaluable"),
        ({**SHORT, "jurisdiction": None, "bid_calendar_days": 30}, "not_evaluable"),
        ({**SHORT, "bid_calendar_days": None}, "not_evaluable"),
        ({**SHORT, "mandatory": False}, "not_applicable"),
        ({**SHORT, "jurisdiction": "DO"}, "not_applicable"),
        ({**SHORT, "procurement_method": "direct"}, "not_applicable"),
        ({**SHORT, "procurement_method": "selective"}, "hit RED"),
        ({**SHORT, "mechanism": "lottery"}, "hit RED"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_days_are_counted_by_the_calendar(tiny_market: Callable[..., Any]) -> None:
    market = tiny_market(
        [("A", "phone", "1")],
        tender={
            "published_at": datetime(2024, 5, 1, 9, tzinfo=UTC),
            "deadline_at": datetime(2024, 5, 21, 1, tzinfo=UTC),
        },
    )
    days = Build(market).grain(Grain.TENDER).select("bid_calendar_days", "bid_period_days").collect()
    assert days.row(0) == (20, pytest.approx(19.667, abs=1e-3))
    assert days.filter(pl.col("bid_calendar_days") < 20).is_empty()
