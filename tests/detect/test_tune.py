from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detect.rule import all_rules
from detect.score import score
from detect.tune import alone, overlap, sweep
from records.source import BadInput
from records.tables import Market, market_of

RULES = all_rules()


@pytest.fixture(scope="module")
def market() -> Market:
    deadline = datetime(2024, 5, 20, tzinfo=UTC)
    days = [5, 10, 15, 25]
    tenders = pl.DataFrame(
        {
            "tender_id": [f"T{d}" for d in days],
            "jurisdiction": "CN-62",
            "mandatory": True,
            "procurement_method": "open",
            "mechanism": "lowest",
            "published_at": [deadline - timedelta(days=d) for d in days],
            "deadline_at": deadline,
            "batch_id": "b",
        }
    )
    bids = [
        {"bid_id": f"{d}{f}", "tender_id": f"T{d}", "bidder_id": f, "amount": a, "batch_id": "b"}
        for d in days
        for f, a in (("A", 12345.67), ("B", 12345.67 if d < 12 else 13000.0))
    ]
    return market_of(tenders=tenders, bids=pl.DataFrame(bids))


def test_each_value_is_judged_as_if_it_were_the_limit(market: Market) -> None:
    table = sweep(market, RULES["B01"], "min_days", [5, 11, 16])
    assert dict(table.select("value", "hit").iter_rows()) == {5: 0, 11: 2, 16: 3}
    assert table.select(pl.sum_horizontal(pl.exclude("value"))).to_series().to_list() == [4, 4, 4]


def test_without_values_the_default_is_tried_with_values_around_it(market: Market) -> None:
    default = RULES["B01"].limits["min_days"]
    assert default in sweep(market, RULES["B01"], "min_days")["value"]


def test_an_unknown_limit_names_the_known_ones(market: Market) -> None:
    with pytest.raises(BadInput, match="no limit 'days'"):
        sweep(market, RULES["B01"], "days")


def test_overlap_counts_the_tenders_that_two_rules_flag(market: Market) -> None:
    run = score(market, rules=[RULES["B01"], RULES["Q01"]])
    assert overlap(run).rows() == [("B01", "Q01", 2, pytest.approx(2 / 3), 1.0)]
    assert alone(run).rows() == [("B01", 3, 1), ("Q01", 2, 0)]
