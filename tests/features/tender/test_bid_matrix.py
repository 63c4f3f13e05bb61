import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tender.bid_matrix import SCREENS, screens_of, step_spread_of
from records.tables import market_of

SAME = {
    "cv": "bid_cv",
    "spread": "bid_spread",
    "gap_ratio": "bid_gap_ratio",
    "skewness": "bid_skewness",
    "kurtosis": "bid_kurtosis",
    "ks": "ks_uniform",
    "step_spread": "step_spread",
}


@pytest.mark.parametrize("k", range(3, 9))
def test_agrees_with_the_screens_of_tenders_of_any_size(k: int) -> None:
    sets = (
        np.random.default_rng(k).integers(900, [905, 960, 5000], (40, k, 3)).transpose(2, 0, 1).reshape(-1, k)
    )
    bids = pl.DataFrame(
        [
            {
                "bid_id": f"{t}-{i}",
                "tender_id": f"T{t:03}",
                "bidder_id": f"F{i}",
                "amount": b,
                "batch_id": "x",
            }
            for t, amounts in enumerate(sets.tolist())
            for i, b in enumerate(amounts)
        ]
    )
    tenders = bids.select("tender_id", "batch_id").unique()
    theirs = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).sort("tender_id").collect()
    x = np.sort(sets.astype(np.float64), axis=1).T

    ours = {**screens_of(x), "step_spread": step_spread_of(x)}

    assert set(ours) == {*SCREENS, "step_spread"} - ({"kurtosis"} if len(x) < 4 else set())
    for name, values in ours.items():
        expected = theirs[SAME.get(name, name)].fill_null(float("nan")).to_list()
        assert values.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), name
