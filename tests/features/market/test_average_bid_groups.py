import numpy as np
import polars as pl
import pytest

from features.market.average_bid_groups import bid_test, participation_test

FIRMS, SIZE = 80, 8
RING = [f"F{i}" for i in range(SIZE)]


def market(rng: np.random.Generator, together: bool = False, aside: bool = False) -> pl.LazyFrame:
    rows: dict[str, list[object]] = {"tender_id": [], "bidder_id": [], "price": []}
    for t in range(60):
        firms = rng.choice(FIRMS, 16, replace=False)
        if together:
            ring = np.arange(SIZE) if rng.random() < 0.3 else np.empty(0, np.int64)
            firms = np.r_[ring, rng.choice(np.arange(SIZE, FIRMS), 16 - ring.size, replace=False)]
        price = rng.normal(80, 4, 16)
        if aside:
            price[firms < SIZE] = rng.normal(70, 1, (firms < SIZE).sum())
        rows["tender_id"] += [f"T{t}"] * 16
        rows["bidder_id"] += [f"F{f}" for f in firms]
        rows["price"] += price.tolist()
    return pl.LazyFrame(rows)


@pytest.mark.parametrize("test", [participation_test, bid_test])
def test_p_values_are_uniform_for_a_group_of_strangers(test: type[object]) -> None:
    rng = np.random.default_rng(12)
    p = np.sort([test(market(rng), RING, draws=79).p_value for _ in range(80)])  # type: ignore[call-arg, attr-defined]

    assert np.abs(p - (np.arange(80) + 0.5) / 80).max() < 0.182  # the 1 % point of Kolmogorov's distance


def test_entering_together_is_found_by_the_participation_test() -> None:
    found = participation_test(market(np.random.default_rng(1), together=True), RING)

    assert found.statistic > 1.5
    assert found.p_value == pytest.approx(0.001)
    assert found.n == 60


def test_bids_to_one_side_are_found_by_the_bid_test() -> None:
    rng = np.random.default_rng(2)

    assert bid_test(market(rng, aside=True), RING).p_value == pytest.approx(0.005)
    assert (participation_test(market(rng, aside=True), RING).p_value or 0) > 0.05


def test_random_groups_keep_to_the_same_kind() -> None:
    bids = market(np.random.default_rng(3), together=True).with_columns(
        town=pl.col("bidder_id").is_in(RING).cast(pl.String)
    )

    found = participation_test(bids, RING, like="town")

    assert (found.statistic, found.p_value) == (1.0, 1.0)


def test_neither_order_nor_currency_matters() -> None:
    bids = market(np.random.default_rng(4), aside=True)
    other = bids.with_columns(pl.col("price") * 4).collect().sample(fraction=1.0, shuffle=True, seed=1).lazy()

    assert bid_test(other, RING) == bid_test(bids, RING[::-1])
    assert participation_test(other, RING) == participation_test(bids, RING[::-1])


def test_too_little_is_refused() -> None:
    bids = market(np.random.default_rng(5))

    with pytest.raises(ValueError, match="needs at least 20 tenders of 5 bids or more and has 10"):
        bid_test(bids.head(160), RING)
    with pytest.raises(ValueError, match="needs at least 2 members that bid there and has 1"):
        participation_test(bids, ["F1", "unknown"])


def test_convicted_italian_firms_stand_out(italy: pl.LazyFrame) -> None:
    ring = italy.filter("convicted").select("bidder_id").unique().collect()["bidder_id"].to_list()

    enter, bid = participation_test(italy, ring, draws=199), bid_test(italy, ring)

    assert len(ring) == 98
    assert (enter.p_value, bid.p_value) == pytest.approx((0.005, 0.005))
    assert (enter.statistic, bid.statistic) == pytest.approx((1.75, 1.44), abs=0.02)
    assert bid.details["changed_share"] == pytest.approx(0.934, abs=0.001)
