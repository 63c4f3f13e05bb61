from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from features.group.coalition import LEAST, SHADOWS, coalition, coalition_lots, coalition_shadows

Entries = Callable[..., pl.LazyFrame]


def bids_of(lots: list[list[float]], members: int = 3) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Entries of one group, whose members are the first bidders of each lot, and all bids."""
    bids = pl.DataFrame(
        [(f"T{t:02}", f"F{f}", price) for t, lot in enumerate(lots) for f, price in enumerate(lot)],
        schema=["tender_id", "bidder_id", "price"],
        orient="row",
    )
    own = bids.filter(pl.col("bidder_id").is_in([f"F{f}" for f in range(members)]))
    entries = own.with_columns(pl.lit("G").alias("group_id"), pl.len().over("tender_id").alias("present"))
    return entries.lazy(), bids.lazy()


def test_screens_are_those_of_the_members_own_bids() -> None:
    lots = [[100.0, 104.0, 110.0, 60.0], [100.0, 102.0, 103.0, 150.0], [200.0, 204.0, 220.0]]

    row = coalition(coalition_lots(*bids_of(lots))).collect().row(0, named=True)

    own = [np.log(np.std(lot[:3], ddof=1) / np.mean(lot[:3])) for lot in lots]
    every = [np.log(np.std(lot, ddof=1) / np.mean(lot)) for lot in lots]
    assert row["coalition_lots"] == 3
    assert row["coalition_dispersion"] == pytest.approx(np.mean(own))
    assert row["coalition_dispersion_change"] == pytest.approx(np.std(own, ddof=1))
    assert row["coalition_to_all"] == pytest.approx(np.mean(np.subtract(own, every)[:2]))
    assert row["coalition_gap"] == pytest.approx(np.mean([4 / 5, 2 / 1.5, 4 / 10]))
    assert row["coalition_skewness"] == pytest.approx(np.mean([0.4, 2 / 3, 0.2]))


def test_two_members_have_no_order_and_two_tenders_no_row() -> None:
    pairs = coalition(coalition_lots(*bids_of([[100.0, 110.0, 130.0]] * 3, members=2))).collect()
    few = coalition(coalition_lots(*bids_of([[100.0, 110.0, 130.0]] * 2))).collect()

    assert pairs["coalition_gap"].to_list() == [None]
    assert pairs["coalition_dispersion"].null_count() == 0
    assert few.is_empty()


def test_shadows_stand_in_the_same_tenders_and_there_are_enough_of_them() -> None:
    rng = np.random.default_rng(0)
    lots = coalition_lots(*bids_of((1000 + 50 * rng.normal(size=(12, 8))).tolist()))

    shadows = coalition_shadows(lots).collect()

    assert shadows.columns == coalition(lots).collect_schema().names()
    assert set(shadows["coalition_lots"]) == {12}
    assert LEAST < shadows.height <= SHADOWS
    assert shadows["coalition_dispersion"].n_unique() > 100


def test_without_groups_there_is_nothing() -> None:
    entries, bids = bids_of([[100.0, 110.0, 130.0]] * 3)
    lots = coalition_lots(entries.filter(pl.lit(False)), bids)

    assert coalition(lots).collect().is_empty()
    assert coalition_shadows(lots).collect().is_empty()
