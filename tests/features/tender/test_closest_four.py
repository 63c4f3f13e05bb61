from itertools import combinations

import numpy as np
import polars as pl
import pytest

from features.tender.closest_four import closest_four


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_least_deviation_of_all_subsets_of_four(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tenders = {f"T{i}": rng.normal(100, 5, int(rng.integers(4, 11))) for i in range(6)}
    rows = [(name, float(p)) for name, prices in tenders.items() for p in prices]
    frame = pl.LazyFrame(rows, ["tender_id", "price"], orient="row")
    found = dict(closest_four(frame).collect().iter_rows())
    assert set(found) == {name for name, prices in tenders.items() if prices.size >= 6}
    for name, share in found.items():
        least = min(np.log(four).std(ddof=1) for four in combinations(tenders[name], 4))
        assert share == pytest.approx(least)


def test_equal_bids_have_none_and_four_equal_ones_among_others_zero() -> None:
    frame = pl.LazyFrame({"tender_id": ["T"] * 6 + ["U"] * 6, "price": [5.0] * 6 + [5.0] * 4 + [6.0, 7.0]})
    assert dict(closest_four(frame).collect().iter_rows()) == {"T": None, "U": 0.0}
