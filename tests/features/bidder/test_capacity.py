from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of


def at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def market_of_two(**register: object) -> Market:
    """A enters and wins T1; B enters all three tenders and wins the others."""
    deadlines = {"T1": at(2020, 3), "T2": at(2020, 6), "T3": at(2022, 6)}
    bids = [
        {"tender_id": t, "bidder_id": f, "bid_id": t + f, "amount": 1000 * (i + 1),
        "won": (f == "A") == (t == "T1"),
         "currency": "CNY", "batch_id": "x"}
        for i, t in enumerate(deadlines) for f in ("AB" if t == "T1" else "B")
    ]  # fmt: skip
    return market_of(
        tenders=pl.DataFrame(
            {"tender_id": list(deadlines), "deadline_at": deadlines.values(), "batch_id": "x"}
        ),
        bids=pl.DataFrame(bids),
        bidders=pl.DataFrame([{"bidder_id": f, "batch_id": "x", **register} for f in "AB"]),
    )


def rows(market: Market) -> dict[str, dict[str, object]]:
    return {
        r["bidder_id"]: r for r in Build(market).grain(Grain.BIDDER).sort("bidder_id").collect().to_dicts()
    }


def test_a_firm_founded_for_one_contract_and_then_silent() -> None:
    a, b = rows(market_of_two(founded_on=date(2019, 12, 1))).values()
    assert (a["age_at_first_days"], a["silent_days"], a["one_purpose"]) == (91, 822, True)
    assert (b["age_at_first_days"], b["silent_days"], b["one_purpose"]) == (91, 0, False)


@pytest.mark.parametrize(
    ("founded", "purpose"), [(date(2019, 9, 3), True), (date(2019, 9, 2), False), (None, None)]
)
def test_the_limit_of_half_a_year(founded: date | None, purpose: bool | None) -> None:
    market = market_of_two(founded_on=founded) if founded else market_of_two()
    assert rows(market)["A"]["one_purpose"] == purpose


def test_amounts_are_compared_with_capital_and_staff() -> None:
    b = rows(market_of_two(capital=500, insured_staff=10))["B"]
    assert (b["bid_to_capital"], b["largest_bid_per_employee"]) == (6.0, 300.0)
    assert b["load_to_capital"] == 6.0


def test_wins_within_a_year_add_up() -> None:
    market = market_of_two(capital=1000)
    dates = pl.Series([at(2021, 1), at(2020, 6), at(2021, 5)], dtype=pl.Datetime("us", "UTC"))
    tenders = market.tenders.collect().sort("tender_id").with_columns(deadline_at=dates)
    b = rows(market_of(**{**market.to_dict(), "tenders": tenders.lazy()}))["B"]
    assert b["load_to_capital"] == 5.0


def test_several_currencies_are_not_compared() -> None:
    market = market_of_two(capital=500)
    bids = market.bids.with_columns(
        pl.when(pl.col("tender_id") == "T3").then(pl.lit("USD")).otherwise("currency").alias("currency")
    )
    b = rows(market_of(**{**market.to_dict(), "bids": bids}))["B"]
    assert (b["bid_to_capital"], b["load_to_capital"]) == (None, None)


def test_conditions_that_cannot_be_checked_are_not_counted_as_clean() -> None:
    a = rows(market_of_two())["A"]
    assert (a["shell_points"], a["shell_checked"]) == (0, 1)
    a = rows(market_of_two(founded_on=date(2019, 12, 1), capital=0, insured_staff=3))["A"]
    assert (a["shell_points"], a["shell_checked"]) == (3, 4)


def test_a_founding_after_the_first_tender_is_no_age() -> None:
    a = rows(market_of_two(founded_on=date(2021, 12, 1)))["A"]
    assert (a["age_at_first_days"], a["one_purpose"], a["shell_points"], a["shell_checked"]) == (
        None,
        None,
        0,
        1,
    )


def test_ages_equal_brute_force(make_rich: Callable[..., Market]) -> None:
    market = make_rich(2)
    founded = dict(market.bidders.select("bidder_id", "founded_on").collect().rows())
    entered = Build(market).table("firm_bids").collect().to_dicts()
    for row in Build(market).grain(Grain.BIDDER).collect().to_dicts():
        mine = [r for r in entered if r["bidder_id"] == row["bidder_id"]]
        born = founded[row["bidder_id"]]
        first = min(d for r in mine for d in (r["published_at"], r["deadline_at"]) if d)
        last = max(r["deadline_at"] for r in mine if r["deadline_at"])
        end = max(t for t in market.tenders.collect()["deadline_at"] if t)
        assert row["age_at_first_days"] == ((first.date() - born).days if born else None)
        assert row["silent_days"] == (end - last) // timedelta(days=1)
