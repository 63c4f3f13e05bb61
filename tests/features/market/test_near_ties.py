import numpy as np
import polars as pl

from features.market.near_ties import near_ties

N = 400


def found(margin: float, mechanism: str | None = "lowest", tenders: int = N) -> pl.DataFrame:
    """Tenders of four bids whose lowest lies `margin` of the ceiling below what it was drawn at."""
    rng = np.random.default_rng(1)
    price = np.sort(rng.uniform(0.8, 1.0, (tenders, 4)), axis=1)
    price[:, 0] -= margin
    ids = [f"T{i}" for i in range(tenders)]
    bids = pl.LazyFrame({"tender_id": np.repeat(ids, 4), "price": price.ravel() * 1000, "ceiling": 1000.0})
    strata = pl.LazyFrame({"tender_id": ids, "stratum": "C / R"})
    listed = pl.LazyFrame({"tender_id": ids, "mechanism": [mechanism] * tenders})
    return near_ties(bids, strata, listed.with_columns(pl.col("mechanism").cast(pl.String))).collect()


def test_a_lack_of_near_ties_shows() -> None:
    smooth, lacking = found(0.0).row(0, named=True), found(0.006).row(0, named=True)
    assert (smooth["market_tenders"], smooth["market_bids"]) == (N, 4 * N)
    assert smooth["near_tie_p"] > 0.05
    assert lacking["near_ties"] == 0
    assert lacking["near_tie_p"] == 0.001
    assert lacking["coarse_tenders_share"] == 0


def test_thin_strata_and_other_awards_are_not_counted() -> None:
    assert found(0.0, tenders=124).is_empty()
    assert found(0.0, tenders=125).height == 1
    assert found(0.0, mechanism="mean_benchmark").is_empty()
    assert found(0.0, mechanism=None).height == 1


def test_a_stratum_without_a_bid_near_another_has_no_chance() -> None:
    row = found(0.5).row(0, named=True)
    assert (row["market_bids"], row["near_tie_p"]) == (4 * N, None)
