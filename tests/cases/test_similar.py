from datetime import UTC, datetime

import polars as pl
import pytest
from sqlalchemy import Engine

from cases.database import reading, writing
from cases.similar import OUTCOMES, decided, labelled, met, similar
from cases.tables import Alert, Fired
from records.tables import Market, market_of

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def market() -> Market:
    bids = pl.DataFrame(
        [("T", "A"), ("T", "B"), ("P", "A"), ("P", "B"), ("Q", "A"), ("Q", "C"), ("R", "D")],
        ["tender_id", "bidder_id"], orient="row",
    )  # fmt: skip
    decisions = pl.DataFrame(
        [("1", "P", "court", True, 1.0), ("2", "P", "reviewer", False, 0.3),
         ("3", "Q", "explained", False, 0.5),
         ("4", None, "court", True, 1.0), ("5", "R", "study", True, 0.5)],
        ["decision_id", "tender_id", "kind", "collusive", "strength"], orient="row",
    )  # fmt: skip
    return market_of(
        tenders=pl.DataFrame({"tender_id": ["T", "P", "Q", "R"], "title": ["t", "p", "q", "r"]}),
        bids=bids,
        bidders=pl.DataFrame({"bidder_id": ["A", "B"], "name": ["甲", None]}),
        decisions=decisions.with_columns(known_at=pl.lit(NOW)),
    )


@pytest.fixture
def hits() -> pl.LazyFrame:
    return pl.LazyFrame(
        [("T", "E01"), ("T", "Q02"), ("P", "E01"), ("Q", "E01"), ("Q", "Q02")],
        ["tender_id", "rule_id"], orient="row",
    )  # fmt: skip


def test_labels_are_outcomes_the_surest_first(market: Market) -> None:
    assert labelled(market).sort("tender_id").select("tender_id", "outcome", "reason").rows() == [
        ("P", "found", "court"),
        ("Q", "cleared", "explained"),
        ("R", "found", "study"),
    ]


def test_the_most_alike_come_first_and_strangers_never(market: Market, hits: pl.LazyFrame) -> None:
    found = similar(hits, market, "T", labelled(market))
    assert found.select("tender_id", "rules", "bidders", "likeness").rows() == [
        ("P", ["E01"], ["甲", "B"], pytest.approx(0.75)),
        ("Q", ["E01", "Q02"], ["甲"], pytest.approx((1 + 1 / 3) / 2)),
    ]


def test_without_outcomes_there_is_nothing_to_compare(market: Market, hits: pl.LazyFrame) -> None:
    assert similar(hits, market, "T", OUTCOMES.to_frame()).is_empty()


def test_alerts_closed_here_count_those_at_work_do_not(engine: Engine) -> None:
    with writing(engine) as session:
        for i, (tender, state) in enumerate(
            [("P", "explained"), ("Q", "in_review"), ("R", "referred_admin")]
        ):
            session.add(
                Alert(
                    id=i + 1, grain="tender", subject_id=tender, run_id="r", raised_at=NOW, level=2,
                    attention=1.0, place="queue", rule_ids=["E01"], state=state, closed_at=NOW,
                )
            )  # fmt: skip
            session.flush()
            session.add(Fired(rule_id="E01" if tender == "P" else "M01", mark=1, level=2, alert_id=i + 1))
    with reading(engine) as session:
        assert decided(session, ["E01"], []).rows() == [("P", "explained", None, NOW)]
        assert set(decided(session, ["E01", "M01"], [])["tender_id"]) == {"P", "R"}
        assert decided(session, [], ["Q", "R"])["tender_id"].to_list() == ["R"]


def test_tenders_that_share_a_bidder(market: Market) -> None:
    assert met(market, "T") == ["P", "Q"]
