from datetime import UTC, datetime, timedelta

import polars as pl

from features.catalogue import Grain
from models.firm_labels import bid_labels, bidder_labels, labels_of
from models.labels import LABEL, SELECTION, UNIT, WEIGHT
from records.tables import Market, market_of

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def decided(*rows: tuple[str | None, str | None, bool, float, int]) -> Market:
    decisions = pl.DataFrame(
        [
            (f"d{i}", t, b, c, s, NOON + timedelta(days=day), "court", "x")
            for i, (t, b, c, s, day) in enumerate(rows)
        ],
        schema={
            "decision_id": pl.String, "tender_id": pl.String, "bidder_id": pl.String, "collusive": pl.Boolean,
            "strength": pl.Float64, "known_at": pl.Datetime("us", "UTC"), "kind": pl.String,
            "batch_id": pl.String,
        },
        orient="row",
    )  # fmt: skip
    bids = [(t, f) for t, firms in {"A": "abc", "B": "abd", "C": "xyz"}.items() for f in firms]
    entered = pl.DataFrame(bids, schema=["tender_id", "bidder_id"], orient="row")
    return market_of(
        decisions=decisions, bids=entered.with_row_index("bid_id").with_columns(batch_id=pl.lit("x"))
    )


def of_bids(market: Market, as_of: datetime | None = None) -> dict[str, bool]:
    found = bid_labels(market, as_of=as_of)
    return {f"{t}{f}": label for t, f, label in found.select("tender_id", "bidder_id", LABEL).rows()}


def test_a_decision_on_a_firm_at_large_speaks_of_its_bids_and_one_on_the_bid_comes_first() -> None:
    market = decided((None, "a", True, 1.0, 0), ("A", "a", False, 1.0, -9), ("A", "b", True, 0.5, 0))

    assert of_bids(market) == {"Aa": False, "Ab": True, "Ba": True}


def test_a_stronger_decision_comes_before_a_closer_one() -> None:
    assert of_bids(decided((None, "a", True, 1.0, 0), ("A", "a", False, 0.4, 0)))["Aa"]


def test_a_tender_can_clear_its_bids_but_not_convict_them() -> None:
    market = decided(("A", None, True, 1.0, 0), ("C", None, False, 0.6, 0), ("C", "x", True, 0.6, 0))

    assert of_bids(market) == {"Cx": True, "Cy": False, "Cz": False}


def test_labels_of_bids_and_firms_count_only_once_they_were_known() -> None:
    market = decided((None, "a", True, 1.0, 0), ("A", "b", False, 1.0, -1))

    assert of_bids(market, NOON) == {"Ab": False}
    assert bidder_labels(market, as_of=NOON)["bidder_id"].to_list() == ["b"]


def test_a_firm_found_collusive_once_stays_so_whatever_it_was_cleared_of() -> None:
    market = decided(
        ("A", "a", True, 0.5, 3),
        ("B", "a", False, 1.0, 9),
        ("B", "b", False, 0.8, 0),
        ("A", None, True, 1.0, 0),
    )

    found = bidder_labels(market)

    assert found.select("bidder_id", LABEL, WEIGHT).rows() == [("a", True, 0.5), ("b", False, 0.8)]
    assert found["known_at"].item(0) == NOON + timedelta(days=3)


def test_firms_that_meet_are_one_company_and_a_firm_that_never_bid_is_its_own() -> None:
    found = bidder_labels(decided(*((None, f, True, 1.0, 0) for f in "abxq")))

    a, b, q, x = found[UNIT].to_list()
    assert a == b
    assert len({a, q, x}) == 3


def test_a_bid_s_label_weighs_against_the_chance_with_which_its_tender_came_under_review() -> None:
    chosen = pl.DataFrame({"tender_id": ["A"], "selection": [0.25]})

    found = bid_labels(decided(("A", "a", True, 0.5, 0)), selection=chosen)

    assert found.select(WEIGHT, SELECTION).row(0) == (2.0, 0.25)


def test_groups_have_no_labels() -> None:
    assert labels_of(Grain.GROUP, decided()) is None
