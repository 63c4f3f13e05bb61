import polars as pl
import pytest

from features.group.firms import group_buyers, group_firms

SETS = pl.LazyFrame({"group_id": ["G"] * 3, "bidder_id": list("ABC")})


def test_members_without_a_win_and_with_a_shell_profile_are_counted() -> None:
    wins = pl.LazyFrame({"bidder_id": list("ABC"), "n_decided": [5, 4, 9], "n_wins": [0, 0, 2]})
    shells = pl.LazyFrame({"bidder_id": list("ABC"), "shell_points": [3, 2, None]})
    assert group_firms(SETS, wins, shells).collect().rows() == [("G", 1, 1)]


def test_what_nobody_knows_is_null() -> None:
    wins = pl.LazyFrame(schema={"bidder_id": pl.String, "n_decided": pl.Int64, "n_wins": pl.Int64})
    shells = pl.LazyFrame(schema={"bidder_id": pl.String, "shell_points": pl.Int64})
    assert group_firms(SETS, wins, shells).collect().rows() == [("G", None, None)]


def test_buyers_and_refusals_where_two_members_met() -> None:
    entered = {"T1": "ABX", "T2": "AB", "T3": "BCY", "T4": "AXY"}
    buyers, refused = {"T1": "P", "T2": "P", "T3": "Q", "T4": "P"}, {"T1X", "T4X", "T3B"}
    rows = [(t, t + f, f, buyers[t]) for t, firms in entered.items() for f in firms]
    entries = pl.LazyFrame(rows, ["tender_id", "bid_id", "bidder_id", "buyer_id"], orient="row")
    bids = pl.LazyFrame(
        [(bid, "disqualified" if bid in refused else "valid") for _, bid, _, _ in rows],
        ["bid_id", "status"], orient="row",
    )  # fmt: skip
    row = group_buyers(SETS, entries, bids).collect().row(0, named=True)
    assert row["meetings_top_buyer_share"] == pytest.approx(2 / 3)
    assert row["outsiders_refused_share"] == pytest.approx(1 / 2)
    assert row["members_refused_share"] == pytest.approx(1 / 6)
