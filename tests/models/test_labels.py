from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from models.labels import HEAVIEST, LABEL, SELECTION, UNIT, WEIGHT, base_rate, labelled, labels
from records.tables import Market, market_of

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def decided(*rows: tuple[str | None, str | None, bool, float, int | None]) -> Market:
    decisions = pl.DataFrame(
        [
            (f"d{i}", t, b, c, s, None if day is None else NOON + timedelta(days=day), "reviewer", "x")
            for i, (t, b, c, s, day) in enumerate(rows)
        ],
        schema={
            "decision_id": pl.String, "tender_id": pl.String, "bidder_id": pl.String, "collusive": pl.Boolean,
            "strength": pl.Float64, "known_at": pl.Datetime("us", "UTC"), "kind": pl.String,
            "batch_id": pl.String,
        },
        orient="row",
    )  # fmt: skip
    bids = pl.DataFrame(
        [(t, f) for t, firms in {"A": "abc", "B": "abd", "C": "xyz"}.items() for f in firms],
        schema=["tender_id", "bidder_id"],
        orient="row",
    )
    return market_of(
        decisions=decisions, bids=bids.with_row_index("bid_id").with_columns(batch_id=pl.lit("x"))
    )


def told(found: pl.DataFrame) -> list[tuple[str, bool, float]]:
    return found.select("tender_id", LABEL, WEIGHT).rows()


def test_a_decision_counts_only_once_it_was_known() -> None:
    market = decided(("A", None, False, 0.5, -2), ("A", None, True, 0.9, 0), ("B", None, True, 1.0, None))

    assert told(labels(market, as_of=NOON)) == [("A", False, 0.5)]
    assert told(labels(market, as_of=NOON + timedelta(seconds=1))) == [("A", True, 0.9)]
    assert told(labels(market)) == [("A", True, 0.9), ("B", True, 1.0)]


def test_the_strongest_decision_counts_and_of_equals_the_latest() -> None:
    market = decided(("A", None, True, 0.9, -3), ("A", None, False, 0.9, -1), ("A", None, True, 0.4, 0))

    assert told(labels(market)) == [("A", False, 0.9)]


def test_a_bidder_s_part_can_convict_a_tender_but_not_clear_it() -> None:
    market = decided(("A", "a", True, 0.8, 0), ("B", "b", False, 0.8, 0), (None, "x", True, 1.0, 0))

    assert told(labels(market)) == [("A", True, 0.8)]


def test_labels_weigh_against_the_chance_of_review_within_a_limit() -> None:
    market = decided(("A", None, False, 0.5, 0), ("B", None, False, 1.0, 0), ("C", None, True, 1.0, 0))
    selection = pl.DataFrame({"tender_id": ["A", "B"], "selection": [0.1, 0.001]})

    found = labels(market, selection=selection)

    assert found[WEIGHT].to_list() == [5.0, HEAVIEST, 1.0]
    assert found[SELECTION].to_list() == [0.1, 0.001, None]


def test_weights_recover_the_share_of_a_market_that_the_queue_was_drawn_from() -> None:
    queue = pl.DataFrame({LABEL: [True] * 30 + [False] * 20, WEIGHT: 1.0, SELECTION: 1.0})
    audit = pl.DataFrame({LABEL: [True] * 2 + [False] * 93, WEIGHT: 10.0, SELECTION: 0.1})

    assert base_rate(pl.concat([queue, audit])) == pytest.approx((30 + 20) / (50 + 950))
    assert base_rate(queue) is None


def test_tenders_of_firms_that_meet_are_one_company() -> None:
    found = labels(decided(*((t, None, True, 1.0, 0) for t in "ABC")))

    a, b, c = found[UNIT].to_list()
    assert a == b != c


def test_unreviewed_tenders_have_no_label() -> None:
    frame = pl.DataFrame({"tender_id": ["C", "Z"]})

    found = labelled(frame, labels(decided(("C", None, True, 1.0, 0))))

    assert found.select("tender_id", LABEL).rows() == [("C", True), ("Z", None)]
