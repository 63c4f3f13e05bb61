from datetime import UTC, datetime

import polars as pl

from detect.marks import marks
from records.tables import Market, market_of


def market(scores: list[tuple[str, str, str, bool, float]], won: str = "A") -> Market:
    given = pl.DataFrame(scores, ["bidder_id", "expert_id", "item", "objective", "score"], orient="row")
    told = given.with_columns(tender_id=pl.lit("T"), max_score=pl.lit(100.0), batch_id=pl.lit("b"))
    bidders = given["bidder_id"].unique().sort().to_list()
    bids = pl.DataFrame({"bidder_id": bidders}).with_columns(
        tender_id=pl.lit("T"), bid_id="bidder_id", amount=pl.lit(100), won=pl.col("bidder_id") == won,
        status=pl.lit("valid"), batch_id=pl.lit("b"),
    )  # fmt: skip
    closed = datetime(2025, 1, 1, tzinfo=UTC)
    tenders = pl.DataFrame({"tender_id": ["T", "U"], "deadline_at": [closed] * 2, "batch_id": ["b"] * 2})
    return market_of(tenders=tenders, bids=bids, expert_scores=told)


def sheet(expert: str, *totals: float) -> list[tuple[str, str, str, bool, float]]:
    return [(b, expert, "method", False, t) for b, t in zip("AB", totals, strict=True)]


def test_without_marks_there_is_no_table() -> None:
    assert marks(market([*sheet("X", 80, 81)]), "U") is None


def test_the_expert_who_decides_is_named_with_who_would_have_won() -> None:
    found = marks(market([*sheet("X", 80, 81), *sheet("Y", 80, 82), *sheet("Z", 95, 40)]), "T")
    assert found is not None
    assert found.decisive == {"Z": "B"}
    far = found.totals.filter("far").select("expert_id", "bidder_id").rows()
    assert ("Z", "B") in far
    assert found.totals.filter(expert_id="Z")["total"].to_list() == [95.0, 40.0]


def test_objective_marks_that_differ_are_marked() -> None:
    rows = [("A", e, "licence", True, s) for e, s in (("X", 2.0), ("Y", 2.0), ("Z", 0.0))]
    found = marks(market([*rows, *((("B", e, "licence", True, 2.0)) for e in "XYZ")]), "T")
    assert found is not None
    assert found.totals.filter("uneven")["bidder_id"].unique().to_list() == ["A"]


def test_equal_sheets_are_a_pair() -> None:
    items = [(b, i, float(n + m)) for n, b in enumerate("ABCDE") for m, i in enumerate("xyz")]
    rows = [(b, e, i, False, s) for e in "XY" for b, i, s in items]
    found = marks(market(rows), "T")
    assert found is not None
    assert found.alike == [("X", "Y")]
