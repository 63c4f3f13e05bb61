from functools import cache

import polars as pl
from scipy.stats import chisquare

from records.simulate import Simulated, simulate


@cache
def market(rings: bool = True) -> Simulated:
    (made,) = simulate(3000, 4, rings)
    return made


def payments() -> pl.DataFrame:
    kinds = market().raw.tables["identifiers"]
    return kinds.filter(pl.col("kind") == "deposit_branch")


def test_deposits_are_paid_before_the_deadline_with_a_number() -> None:
    tenders = market().raw.tables["tenders"].select("tender_id", "deadline_at")
    paid = payments().join(tenders, on="tender_id")
    assert (paid["observed_at"] < paid["deadline_at"]).all()
    assert paid["sequence"].null_count() == 0
    assert (paid["sequence"] >= 0).all()


def test_some_rings_pay_in_one_sitting_with_consecutive_numbers() -> None:
    sitting = market().truth.filter(pl.col("traces").str.contains("sitting"))
    assert 0.05 < sitting.height / market().truth.height < 0.6
    chosen = payments().join(
        sitting.select("tender_id", bidder_id="chosen"), on=["tender_id", "bidder_id"], how="semi"
    )
    beside = (
        payments()
        .join(chosen.select("tender_id", "value", at="observed_at", n="sequence"), on=["tender_id", "value"])
        .filter((pl.col("sequence") - pl.col("n")).abs() <= 5)
    )
    assert beside.group_by("tender_id").len().filter(pl.col("len") >= 2).height == sitting.height
    assert ((beside["observed_at"] - beside["at"]).dt.total_minutes().abs() <= 24).all()


def test_honest_bidders_share_branches_too() -> None:
    (honest,) = simulate(1500, 4, rings=False)
    rows = honest.raw.tables["identifiers"].filter(pl.col("kind") == "deposit_branch")
    shared = rows.group_by("tender_id", "value").len().filter(pl.col("len") > 1)
    assert shared["tender_id"].n_unique() > 0.1 * 1500


def test_experts_are_drawn_evenly_from_their_list() -> None:
    panels = market().raw.tables["panels"]
    size = panels["pool_size"][0]
    counts = panels.group_by("draw_rank").len()["len"].to_list()
    assert len(counts) == size
    assert chisquare(counts).pvalue > 1e-4
    assert panels.select("tender_id", "expert_id").is_unique().all()


def test_who_marks_sits_on_the_panel() -> None:
    seats = market().raw.tables["panels"].filter(~pl.col("replaced")).select("tender_id", "expert_id")
    marks = market().raw.tables["expert_scores"].select("tender_id", "expert_id").unique()
    assert marks.join(seats, on=["tender_id", "expert_id"], how="anti").is_empty()


def test_contracts_follow_awards() -> None:
    tables = market().raw.tables
    first = tables["contracts"].filter(pl.col("changed_from").is_null())
    joined = first.join(tables["awards"], on="award_id", suffix="_awarded")
    assert joined.height == tables["awards"].height
    assert (joined["amount"] == joined["amount_awarded"]).all()
    assert (joined["signed_at"] > joined["awarded_at"]).all()
