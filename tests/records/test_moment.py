from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from records.moment import _MOMENTS, known_at, left_out
from records.tables import SCHEMAS, Market, market_of

AHEAD = ("opened_at", "closed_at", "clarified_at", "evaluation_from", "publicity_to")
START = datetime(2020, 1, 1, tzinfo=UTC)
Rows = list[dict[str, object]]
days = st.integers(-5, 60)


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def some_market(seed: int) -> Market:
    rng = np.random.default_rng(seed)
    own: dict[str, object] = {"batch_id": "x"}

    def when() -> datetime | None:
        return day(int(rng.integers(0, 50))) if rng.random() < 0.8 else None

    tenders: Rows = []
    bids: Rows = []
    marks: Rows = []
    awards: Rows = []
    paid: Rows = []
    decided: Rows = []
    for t in range(25):
        tender: dict[str, object] = {"tender_id": f"T{t}", **own}
        dates = {c: when() for c in ("published_at", "deadline_at", *AHEAD)}
        tenders.append({**tender, **dates, "status": "complete", "base_price": 5})
        for firm in "ABC":
            bids.append({**tender, "bid_id": f"{t}{firm}", "bidder_id": firm, "won": firm == "A", "rank": 1})
            shown = {"observed_at": when(), "valid_from": when(), "valid_to": when()}
            bound = tender if rng.random() < 0.5 else own
            marks.append({**bound, "bidder_id": firm, "kind": "phone", "value_hash": f"{t:032}", **shown})
        awards.append({**tender, "award_id": f"{t}", "bidder_id": "A", "awarded_at": when()})
        paid.append({**own, "payment_id": f"{t}", "from_id": "A", "to_id": "B", "paid_at": when()})
        decided.append({**own, "decision_id": f"{t}", "kind": "court", "collusive": True, "strength": 1.0,
                        "known_at": when()})  # fmt: skip
    tables: dict[str, Rows] = {
        "tenders": tenders, "bids": bids, "identifiers": marks, "awards": awards, "payments": paid,
        "decisions": decided,
    }  # fmt: skip
    return market_of(**{name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()})


def same(one: Market, other: Market) -> None:
    for name, frame in one.to_dict().items():
        assert_frame_equal(frame.collect(), other.to_dict()[name].collect(), check_row_order=False)


@given(st.integers(0, 2), days, days)
@settings(max_examples=15)
def test_cutting_twice_is_cutting_at_the_earlier_moment(seed: int, one: int, other: int) -> None:
    market = some_market(seed)
    same(known_at(known_at(market, day(one)), day(other)), known_at(market, day(min(one, other))))


@given(st.integers(0, 2), days)
@settings(max_examples=10)
def test_nothing_speaks_of_later_and_every_row_is_accounted_for(seed: int, n: int) -> None:
    market = some_market(seed)
    cut, account = known_at(market, day(n)), left_out(market, day(n))
    for row in account.iter_rows(named=True):
        name = row["table"]
        assert row["kept"] == cut.to_dict()[name].collect().height
        whole = market.to_dict()[name].collect().height
        assert row["kept"] + row["later"] + row["undated"] == whole
    tenders = cut.tenders.collect()
    for column in AHEAD:
        assert (tenders[column].drop_nulls() < day(n)).all()
    open_ = tenders.filter(pl.col("closed_at").is_null())
    assert open_["status"].is_null().all()
    unknown = cut.bids.collect().join(open_, on="tender_id", how="semi")
    assert unknown["won"].is_null().all()
    assert unknown["rank"].is_null().all()
    bids_known = cut.bids.select("tender_id").unique().collect()
    sealed = tenders.join(bids_known, on="tender_id", how="anti")
    assert sealed["base_price"].is_null().all()
    for name, column in (("payments", "paid_at"), ("decisions", "known_at"), ("awards", "awarded_at")):
        assert (cut.to_dict()[name].collect()[column].drop_nulls() < day(n)).all()


def test_a_bid_is_known_from_the_opening_and_its_outcome_from_the_closing() -> None:
    dates = {"published_at": day(0), "deadline_at": day(10), "opened_at": day(12), "closed_at": day(20)}
    market = market_of(
        tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": ["x"], **{c: [d] for c, d in dates.items()}}),
        bids=pl.DataFrame({"bid_id": ["b"], "tender_id": ["T"], "bidder_id": ["A"], "won": [True],
                           "status": ["disqualified"], "batch_id": ["x"]}),
    )  # fmt: skip
    found = {n: known_at(market, day(n)) for n in (0, 1, 12, 13, 20, 21)}
    assert {n: m.tenders.collect().height for n, m in found.items()} == dict.fromkeys(found, 1) | {0: 0}
    bids = {n: m.bids.select("status", "won").collect().rows() for n, m in found.items()}
    early, late = [("disqualified", None)], [("disqualified", True)]
    assert bids == {0: [], 1: [], 12: [], 13: early, 20: early, 21: late}


def test_every_table_has_a_moment() -> None:
    assert set(_MOMENTS) == set(SCHEMAS)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone; give one"):
        known_at(market_of(), datetime(2020, 1, 1))
