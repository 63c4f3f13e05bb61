import numpy as np
import polars as pl
import pytest

from models.power import POWER, Plan, power, statement
from records.tables import Market, market_of


def market(n: int = 800, seed: int = 0) -> Market:
    rng = np.random.default_rng(seed)
    bids = pl.DataFrame(
        {
            "tender_id": np.repeat([f"T{i:04}" for i in range(n)], 5),
            "bidder_id": [f"F{i}" for i in rng.integers(0, 300, 5 * n)],
            "amount": rng.lognormal(10, 0.2, 5 * n),
            "batch_id": "b",
        }
    ).with_row_index("bid_id")
    tenders = bids.select("tender_id", "batch_id").unique()
    return market_of(tenders=tenders, bids=bids)


def planted_firms(found: Market) -> pl.DataFrame:
    """How many bids of firms that were planted each tender has, as a judge who knows would score."""
    planted = pl.col("bidder_id").str.starts_with("planted").sum().alias("score")
    return found.bids.group_by("tender_id").agg(planted.cast(pl.Float64)).collect()


def test_who_knows_finds_every_ring_and_who_guesses_finds_what_chance_gives() -> None:
    rng = np.random.default_rng(5)
    plan = Plan(firms=(3,), tenders=(5, 10), share=0.05, rounds=20)

    known = power(market(), planted_firms, plan)
    guessed = power(market(), lambda m: planted_firms(m).with_columns(score=pl.Series(rng.random(800))), plan)

    assert known.schema == POWER
    assert known["found"].to_list() == [1.0, 1.0]
    for row in guessed.to_dicts():
        assert row["low"] - 0.05 <= row["by_chance"] <= row["high"] + 0.05


def test_a_ring_takes_places_and_keeps_the_market_s_size_and_prices_in_order() -> None:
    seen: list[pl.DataFrame] = []

    def judge(found: Market) -> pl.DataFrame:
        seen.append(found.bids.collect())
        return planted_firms(found)

    original = market().bids.collect()
    power(market(), judge, Plan(firms=(3,), tenders=(10,), rounds=1))

    (bids,) = seen
    ring = bids.filter(pl.col("bidder_id").str.starts_with("planted 0 "))
    assert bids.height == original.height
    assert ring["tender_id"].n_unique() == 10
    assert ring["bidder_id"].n_unique() == 3
    price = (
        ring.with_columns(pl.col("amount").cast(pl.Float64))
        .group_by("tender_id")
        .agg(
            (pl.col("amount").max() / pl.col("amount").min()).alias("spread"),
            pl.col("bidder_id").sort_by("amount").first().alias("winner"),
        )
    )
    assert price["spread"].is_between(1.02, 1.0601).all()
    assert price["winner"].n_unique() == 3
    rest = bids.join(ring, on="bid_id", how="anti").filter(~pl.col("bidder_id").str.starts_with("planted"))
    assert rest.join(original, on=["bid_id", "bidder_id", "amount"], how="anti").is_empty()


def test_a_market_too_small_says_how_many_tenders_it_takes() -> None:
    with pytest.raises(ValueError, match=r"40 tenders with three bidders are too few .* 100 are needed"):
        power(market(40), planted_firms, Plan(tenders=(5, 10)))


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "a ring of 3 firms over 10 tenders"), ("zh", "3 家企业在 10 个项目")]
)
def test_the_statement_names_the_smallest_ring_that_is_found(lang: str, words: str) -> None:
    rows = [(3, 5, 9, 0.4, 0.1, 0.7, 0.0), (3, 10, 9, 0.9, 0.7, 1.0, 0.0), (5, 40, 9, 1.0, 0.7, 1.0, 0.1)]
    found = pl.DataFrame(rows, schema=POWER, orient="row")

    assert words in statement(found, Plan(), 3000, lang)
    assert words not in statement(found.head(1), Plan(), 3000, lang)
