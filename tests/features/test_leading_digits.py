import numpy as np
import polars as pl
from scipy.stats import binom

from features.bidder.digits import bidder_digits
from features.buyer.digits import buyer_digits
from features.leading_digits import leading_digits


def prices(values: np.ndarray[tuple[int], np.dtype[np.float64]], firm: str = "F") -> pl.LazyFrame:
    return pl.LazyFrame({"bidder_id": [firm] * values.size, "price": values})


def test_prices_by_the_law_are_as_rare_as_the_chance_says() -> None:
    rng = np.random.default_rng(0)
    frames = [prices(10 ** rng.uniform(3, 7, 300 + 7 * i), f"F{i:03}") for i in range(80)]
    found = leading_digits(pl.concat(frames), "bidder_id").collect()
    assert found.height == 80
    for limit in (0.01, 0.05):
        assert (found["benford_p"] <= limit).sum() <= binom.isf(1e-4, 80, limit)


def test_invented_prices_stand_out() -> None:
    rng = np.random.default_rng(1)
    invented = rng.uniform(1, 10, 400) * 10.0 ** rng.integers(3, 7, 400)
    assert leading_digits(prices(invented), "bidder_id").collect()["benford_p"].item() == 0.001


def test_few_or_narrow_prices_have_no_value() -> None:
    rng = np.random.default_rng(2)
    few, narrow = prices(10 ** rng.uniform(3, 7, 299)), prices(rng.uniform(1e5, 9e6, 400), "G")
    assert leading_digits(pl.concat([few, narrow]), "bidder_id").collect().is_empty()


def test_one_price_of_a_tender_counts_for_firm_and_buyer() -> None:
    rng = np.random.default_rng(3)
    ids = [f"T{i:03}" for i in range(300)]
    bids = pl.LazyFrame(
        {"tender_id": ids * 2, "bidder_id": ["A"] * 600, "price": np.exp(rng.uniform(7, 16, 600))}
    )
    tenders = pl.LazyFrame({"tender_id": ids, "buyer_id": ["B"] * 300})
    assert bidder_digits(bids).collect()["n_digit_prices"].to_list() == [300]
    assert buyer_digits(bids, tenders).collect()["n_digit_prices"].to_list() == [300]
