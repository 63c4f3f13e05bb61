from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of

START = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)


def market(last: list[float], history: int = 400, n_bids: int = 4, seed: int = 0) -> Market:
    """Exponential uploads of mean 4 h, and one last tender with bids so many minutes before its deadline."""
    rng = np.random.default_rng(seed)
    before = [rng.exponential(240, n_bids).tolist() for _ in range(history)] + [last]
    tenders = [
        {"tender_id": f"T{t:04}", "deadline_at": START + timedelta(days=t), "batch_id": "x"}
        for t in range(history + 1)
    ]
    bids = [
        {
            "bid_id": f"{t}-{i}",
            "tender_id": f"T{t:04}",
            "bidder_id": f"F{i}",
            "submitted_at": START + timedelta(days=t, minutes=-minutes),
            "batch_id": "x",
        }
        for t, of in enumerate(before)
        for i, minutes in enumerate(of)
    ]
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))


def last_ties(made: Market) -> list[dict[str, Any]]:
    ties = Build(made).grain(Grain.TIE).sort("tender_id", "bidder_a", "bidder_b").collect()
    return ties.filter(pl.col("tender_id") == made.tenders.collect()["tender_id"].max()).to_dicts()


def test_close_pairs_are_listed_though_they_share_nothing() -> None:
    (tie,) = last_ties(market([30.25, 31.25, 300.25, 600.25]))
    assert (tie["bidder_a"], tie["bidder_b"], tie["upload_gap_minutes"]) == ("F0", "F1", 1.0)
    assert tie["upload_gap_p"] == pytest.approx(1 / 240, rel=0.25)
    assert tie["upload_gap_p_adjusted"] == pytest.approx(6 * tie["upload_gap_p"])


def test_a_whole_minute_counts_as_one_minute() -> None:
    (tie,) = last_ties(market([30.0, 30.0, 300.25, 600.25]))
    assert tie["upload_gap_minutes"] == 0
    assert tie["upload_gap_p"] == pytest.approx(1 / 240, rel=0.25)


def test_without_a_history_the_gap_is_listed_and_the_chance_unknown() -> None:
    (tie,) = last_ties(market([30.25, 31.25, 300.25], history=3))
    assert tie["upload_gap_minutes"] == 1.0
    assert tie["upload_gap_p"] is None
    assert tie["upload_gap_p_adjusted"] is None


def test_two_bids_of_one_bidder_are_no_pair() -> None:
    made = market([30.25, 31.25, 300.25])
    renamed = pl.when(pl.col("bidder_id") == "F1").then(pl.lit("F0")).otherwise("bidder_id")
    assert last_ties(market_of(tenders=made.tenders, bids=made.bids.with_columns(bidder_id=renamed))) == []


@pytest.mark.parametrize(("history", "absent"), [(400, 1.0), (3, None)])
def test_pairs_that_are_not_listed_are_far_apart_or_unknown(history: int, absent: float | None) -> None:
    rows = Build(market([30.25, 300.25], history=history)).unlisted(Grain.TIE).sort("tender_id").collect()
    assert rows["upload_gap_p_adjusted"][-1] == absent


def test_a_missing_upload_leaves_the_unlisted_unknown() -> None:
    made = market([30.25, 300.25, 900.25])
    at = pl.when(pl.col("bid_id") != "400-1").then("submitted_at")
    missing = market_of(tenders=made.tenders, bids=made.bids.with_columns(at.alias("submitted_at")))
    rows = Build(missing).unlisted(Grain.TIE).sort("tender_id").collect()
    assert rows["upload_gap_p_adjusted"][-2:].to_list() == [1.0, None]


def test_three_in_a_row_stand_out() -> None:
    made = Build(market([30.25, 32.25, 34.25, 400.25])).grain(Grain.TENDER).sort("tender_id").collect()
    last = made.to_dicts()[-1]
    assert (last["timed_uploads"], last["upload_run"], last["upload_history"]) == (4, 3, 1600)
    assert last["upload_run_p"] < 2 * 3 * (4 / 240) ** 2 * 1.5
    assert made["upload_run_p"].to_list()[:50] == [None] * 50


def test_adjusted_chances_are_no_smaller_than_uniform() -> None:
    build = Build(market([1.25, 500.25], history=3000, n_bids=5, seed=8))
    tenders = build.grain(Grain.TENDER).filter(pl.col("upload_history") >= 2000).collect()
    smallest = (
        build.grain(Grain.TIE).group_by("tender_id").agg(pl.col("upload_gap_p_adjusted").min()).collect()
    )
    of_pairs = tenders.join(smallest, on="tender_id", how="left")["upload_gap_p_adjusted"].fill_null(1.0)
    for p in (of_pairs, tenders["upload_run_p"].drop_nulls()):
        assert p.len() > 2000
        for level in (0.01, 0.05):
            slack = 3 * (level * (1 - level) / p.len()) ** 0.5
            share = p.filter(p <= level).len() / p.len()
            assert level / 2 < share <= level + slack, level
