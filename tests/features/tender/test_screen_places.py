from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from features.build import Build
from features.catalogue import Grain
from features.tender.screen_places import ENOUGH
from records.tables import Market, market_of

PLACES = ("relative_distance_place", "bid_gap_place")


def market(lots: list[list[float]], **of_lot: Any) -> Market:
    """Tenders with a ceiling of 100, one a day."""
    ids = [f"T{i:04}" for i in range(len(lots))]
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(len(lots))]
    given = {"category": "C", "mechanism": "lowest", "ceiling": 100, **of_lot}
    tenders = pl.DataFrame({"tender_id": ids, "deadline_at": days, "batch_id": "b"}).with_columns(
        **{name: pl.Series(v) if isinstance(v, list) else pl.lit(v) for name, v in given.items()}
    )
    rows = [(f"{t}-{i}", t, f"F{i}", p) for t, lot in zip(ids, lots, strict=True) for i, p in enumerate(lot)]
    bids = pl.DataFrame(rows, schema=["bid_id", "tender_id", "bidder_id", "amount"], orient="row")
    return market_of(tenders=tenders, bids=bids.with_columns(batch_id=pl.lit("b")))


def placed(lots: list[list[float]], **of_lot: Any) -> pl.DataFrame:
    frame = Build(market(lots, **of_lot)).grain(Grain.TENDER).sort("tender_id")
    return frame.select(*PLACES, "relative_distance_null", "bid_gap_ratio_null").collect()


def ordinary(n: int, seed: int = 1, top: float = 97.0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    lots: list[list[float]] = np.minimum(90 + 4 * rng.standard_normal((n, 5)), top).round(2).tolist()
    return lots


def test_the_farthest_and_the_closest_of_all_have_the_least_places() -> None:
    lots = [*ordinary(150), [60.0, 94.0, 94.1, 94.2, 94.3], [90.0, 90.01, 94.0, 95.0, 96.0]]
    far, close = placed(lots).tail(2).to_dicts()
    assert far["relative_distance_place"] == pytest.approx(1 / 151)
    assert far["bid_gap_place"] < 0.05
    assert close["relative_distance_place"] > 0.9
    assert close["bid_gap_place"] < 0.1


def test_there_is_no_place_without_a_past() -> None:
    rows = placed(ordinary(ENOUGH + 2))
    assert rows["relative_distance_place"].is_null().to_list() == [True] * ENOUGH + [False, False]


def test_thin_categories_fall_back_on_the_award_method_and_no_further() -> None:
    lots = [*ordinary(ENOUGH), ordinary(1, seed=5)[0]]
    other = [*["C"] * ENOUGH, "D"]
    assert placed(lots, category=other)["relative_distance_place"][-1] is not None
    assert placed(lots, category=None)["relative_distance_place"][-1] is not None
    scored = [*["lowest"] * ENOUGH, "scored"]
    assert placed(lots, mechanism=scored)["relative_distance_place"][-1] is None


def test_tenders_with_a_bid_at_the_ceiling_are_compared_with_each_other() -> None:
    lots = [*ordinary(ENOUGH), [88.0, 90.0, 92.0, 97.5, 98.0]]
    assert placed(lots)["relative_distance_place"][-1] is None
    assert placed(lots, ceiling=None)["relative_distance_place"][-1] is not None


@pytest.mark.parametrize("mechanism", ["mean_benchmark", "rate", "fixed", "lottery", "auction"])
def test_awards_under_which_bids_cluster_have_no_places(mechanism: str) -> None:
    assert placed(ordinary(ENOUGH + 2), mechanism=mechanism).select(PLACES).null_count().row(0) == (102, 102)


def test_bids_cut_off_by_a_ceiling_are_no_rarer_than_they_say() -> None:
    # Bids that would lie above the ceiling pile up just below it: the null of normal bids is far off.
    rng = np.random.default_rng(3)
    raw = 97 + 4 * rng.standard_normal((1500, 5))
    lots = np.where(raw > 99.9, 99.9 - 0.4 * rng.random(raw.shape), raw).round(2).tolist()
    found = placed(lots)
    naive = (1 - found["relative_distance_null"] <= 0.05).sum()
    assert naive > binom.isf(1e-6, len(lots), 0.05)
    for name in PLACES:
        known = found[name].drop_nulls()
        assert known.len() > 1200
        for limit in (0.01, 0.05):
            assert (known <= limit).sum() <= binom.isf(1e-4, known.len(), limit)
