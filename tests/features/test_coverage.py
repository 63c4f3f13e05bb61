from datetime import UTC, datetime

import polars as pl
import pytest

from features.build import Build
from features.coverage import feature_coverage
from records.tables import market_of


@pytest.fixture
def told() -> dict[str, dict[str, object]]:
    tenders = {
        "tender_id": ["T", "U"],
        "batch_id": "b",
        "deadline_at": [datetime(2024, 1, 5, tzinfo=UTC)] * 2,
    }
    bids = {
        "bid_id": ["a", "b"],
        "tender_id": "T",
        "bidder_id": ["A", "B"],
        "amount": [100, 110],
        "batch_id": "b",
    }
    market = market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))
    return {row["feature"]: row for row in feature_coverage(Build(market)).to_dicts()}


def test_a_known_feature_counts_its_rows(told: dict[str, dict[str, object]]) -> None:
    assert told["bid_cv"] == {"grain": "tender", "feature": "bid_cv", "n": 2, "known": 1, "missing": ""}


def test_an_unknown_feature_names_the_empty_column(told: dict[str, dict[str, object]]) -> None:
    assert told["bid_period_days"]["missing"] == "published_at"
    assert told["lowest_to_estimate"]["missing"] == "estimate"


def test_a_feature_out_of_its_domain_says_so(told: dict[str, dict[str, object]]) -> None:
    assert "n_valid >= 3" in str(told["bid_skewness"]["missing"])
