from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from detect.listing_effect import Effect, effect

YEAR = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def run() -> tuple[pl.LazyFrame, pl.LazyFrame]:
    facts = pl.DataFrame(
        [
            ("in", "A", "B", "upload_ip", None, "h", datetime(2024, 1, 1, tzinfo=UTC), None),
            ("in", "A", "C", "upload_ip", None, "h", datetime(2024, 1, 1, tzinfo=UTC), None),
            ("two reasons", "A", "B", "upload_ip", None, "h", datetime(2024, 6, 1, tzinfo=UTC), None),
            ("undated", "A", "B", "download_ip", "upload_ip", "h", None, None),
            ("after", "A", "B", "upload_ip", None, "h", datetime(2025, 1, 1, tzinfo=UTC), None),
            ("known", "A", "B", "upload_ip", None, "h", datetime(2024, 6, 1, tzinfo=UTC), "FX03"),
            ("other value", "A", "B", "upload_ip", None, "x", datetime(2024, 6, 1, tzinfo=UTC), None),
            ("other kind", "A", "B", "author_mac", None, "h", datetime(2024, 6, 1, tzinfo=UTC), None),
        ],
        {
            **dict.fromkeys(("tender_id", "bidder_a", "bidder_b", "kind", "kind_b"), pl.String),
            "value_hash": pl.String,
            "deadline_at": pl.Datetime("us", "UTC"),
            "exclusion": pl.String,
        },
        orient="row",
    )
    alerts = pl.DataFrame(
        {
            "tender_id": ["in", "two reasons", "after", "undated"],
            "rule_ids": [["E08"], ["E08", "Q02"], ["E08"], []],
        }
    )
    return facts.lazy(), alerts.lazy()


def test_only_alerts_that_rest_on_such_values_alone_may_disappear(
    run: tuple[pl.LazyFrame, pl.LazyFrame],
) -> None:
    assert effect(*run, "upload_ip", "h", *YEAR) == Effect(tenders=3, pairs=2, alerts=3, at_most=1)


def test_a_period_is_given_in_any_zone(run: tuple[pl.LazyFrame, pl.LazyFrame]) -> None:
    there = [at.astimezone(ZoneInfo("Asia/Shanghai")) for at in YEAR]
    assert effect(*run, "upload_ip", "h", *there) == effect(*run, "upload_ip", "h", *YEAR)


def test_a_value_that_nobody_shares_changes_nothing(run: tuple[pl.LazyFrame, pl.LazyFrame]) -> None:
    assert effect(*run, "upload_ip", "none", *YEAR) == Effect(0, 0, 0, 0)
