import polars as pl
import pytest

from features.market.rebids import rebids

ROUNDS = ["tender_id", "procedure_id", "title", "round", "ceiling"]


def tenders(*rows: tuple[object, ...]) -> pl.LazyFrame:
    return pl.LazyFrame(
        list(rows),
        schema=dict(zip(ROUNDS, [pl.String, pl.String, pl.String, pl.Int32, pl.Float64], strict=True)),
        orient="row",
    )


def bids(**prices: dict[str, float]) -> pl.LazyFrame:
    rows = [(tender, firm, price) for tender, of in prices.items() for firm, price in of.items()]
    return pl.LazyFrame(rows, schema=["tender_id", "bidder_id", "price"], orient="row")


def test_places_of_a_round_meet_the_same_firms_next_bids() -> None:
    offered = tenders(
        ("T", "P", "road", 1, 100.0), ("U", "P", "road", 2, 100.0), ("X", "P", "bridge", 2, 9.0)
    )
    made = bids(T={"A": 99.0, "B": 97.0, "C": 98.0, "D": 120.0}, U={"A": 90.0, "B": 95.0}, X={"A": 1.0})

    (row,) = rebids(offered, made).collect().rows(named=True)

    assert row["tender_id"] == "T"
    assert [row[f"firm_{k}"] for k in (1, 2, 3)] == ["B", "C", "A"]
    assert [row[f"first_{k}"] for k in (1, 2, 3)] == [0.97, 0.98, 0.99]
    assert [row[f"second_{k}"] for k in (1, 2, 3)] == [0.95, None, 0.9]
    assert row["lowest"] == 0.9


def test_neighbouring_rounds_are_compared_and_each_may_serve_twice() -> None:
    offered = tenders(*((f"T{k}", "P", None, k, None) for k in (1, 2, 4, 5)))
    made = bids(**{f"T{k}": {"A": 10.0 - k, "B": 11.0 - k} for k in (1, 2, 4, 5)})

    found = rebids(offered, made).sort("tender_id").collect()

    assert found["tender_id"].to_list() == ["T1", "T4"]
    assert found["first_1"].to_list() == [1.0, 1.0]  # no ceiling: shares of the lowest first bid
    assert found["first_2"].to_list() == pytest.approx([10 / 9, 7 / 6])


@pytest.mark.parametrize(
    "offered",
    [
        tenders(("T", None, "road", 1, 1.0), ("U", None, "road", 2, 1.0)),
        tenders(("T", "P", "road", None, 1.0), ("U", "P", "road", 2, 1.0)),
        tenders(("T", "P", "road", 1, 1.0), ("U", "P", "road", 1, 1.0)),
        tenders(("T", "P", "road", 1, 1.0), ("V", "P", "road", 1, 1.0), ("U", "P", "road", 2, 1.0)),
        tenders(("T", "P", "road", 1, 1.0), ("U", "Q", "road", 2, 1.0)),
    ],
)
def test_rounds_that_cannot_be_told_are_not_guessed(offered: pl.LazyFrame) -> None:
    made = bids(T={"A": 1.0, "B": 2.0}, U={"A": 1.0, "B": 2.0}, V={"A": 1.0, "B": 2.0})

    assert rebids(offered, made).collect().height == 0


def test_ties_of_the_first_round_have_no_order() -> None:
    offered = tenders(("T", "P", "x", 1, 1.0), ("U", "P", "x", 2, 1.0))

    for first in ({"A": 1.0, "B": 1.0}, {"A": 1.0, "B": 2.0, "C": 2.0}, {"A": 1.0}):
        assert rebids(offered, bids(T=first, U={"A": 1.0, "B": 2.0})).collect().height == 0


def test_columns_are_asked_for_by_name() -> None:
    with pytest.raises(ValueError, match=r"\['round'\] are not among"):
        rebids(tenders().drop("round"), bids())
