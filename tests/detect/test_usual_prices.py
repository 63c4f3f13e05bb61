from datetime import UTC, datetime

import polars as pl
import pytest

from detect.usual_prices import usual
from records.tables import Market, market_of


def market(n: int, **of_tender: object) -> Market:
    ids = [*(f"P{i}" for i in range(n)), "OTHER", "LATER", "T"]
    tenders = pl.DataFrame({"tender_id": ids}).with_columns(
        category=pl.when(pl.col("tender_id") == "OTHER").then(pl.lit("x")).otherwise(pl.lit("works")),
        mechanism=pl.lit("lowest"), estimate=pl.lit(100), ceiling=pl.lit(200),
        deadline_at=pl.when(pl.col("tender_id") == "LATER").then(datetime(2025, 1, 1, tzinfo=UTC))
        .when(pl.col("tender_id") == "T").then(datetime(2024, 1, 1, tzinfo=UTC))
        .otherwise(datetime(2023, 1, 1, tzinfo=UTC)),
    )  # fmt: skip
    own = pl.col("tender_id") == "T"
    tenders = tenders.with_columns(
        pl.when(own).then(pl.lit(value)).otherwise(name).alias(name) for name, value in of_tender.items()
    )
    amounts = [*range(61, 61 + n), 1, 1, 1]
    bids = pl.DataFrame({"bid_id": ids, "tender_id": ids, "bidder_id": ids, "amount": amounts})
    out = pl.DataFrame({"bid_id": ["o"], "tender_id": ["P0"], "bidder_id": ["o"], "amount": [1],
                        "status": ["disqualified"]})  # fmt: skip
    return market_of(tenders=tenders, bids=pl.concat([bids, out], how="diagonal"))


def test_earlier_valid_bids_of_its_kind_scaled_to_the_tender() -> None:
    found = usual(market(41, estimate=1000), "T")
    assert found is not None
    assert found[:2] == pytest.approx((650, 970))
    assert found[2:] == (41, 41)


def test_the_ceiling_serves_where_there_is_no_estimate() -> None:
    found = usual(market(41, estimate=None), "T")
    assert found is not None
    assert found.low == pytest.approx(65)


@pytest.mark.parametrize(
    "lacks", [{"estimate": None, "ceiling": None}, {"deadline_at": None}, {"category": "y"}]
)
def test_nothing_is_usual_without_an_anchor_a_date_or_company(lacks: dict[str, object]) -> None:
    assert usual(market(41, **lacks), "T") is None


def test_only_the_latest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detect.usual_prices.LATEST", 35)
    found = usual(market(41), "T")
    assert found is not None
    assert found.tenders == 35


def test_too_few_bids_make_nothing_usual() -> None:
    assert usual(market(29), "T") is None
    assert usual(market(30), "T") is not None
