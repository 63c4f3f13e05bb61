import polars as pl
import pytest

from features.market.margins import coarse_share, margins


def test_nobody_wins_above_the_ceiling() -> None:
    bids = pl.LazyFrame({"tender_id": ["T", "T"], "price": [80.0, 120.0], "ceiling": [100.0, 100.0]})

    found = margins(bids).select(pl.col("rival", "margin").round(6)).collect()

    assert found.rows() == [(1.0, -0.2), (0.8, 0.4)]


def test_tied_lowest_bids_have_a_margin_of_zero() -> None:
    bids = pl.LazyFrame({"tender_id": ["T"] * 3, "price": [80.0, 80.0, 90.0], "ceiling": [100.0] * 3})

    assert margins(bids).collect()["margin"].round(6).to_list() == [0.0, 0.0, 0.1]


def test_lone_bids_and_tenders_without_a_ceiling_drop_out() -> None:
    bids = pl.LazyFrame(
        {"tender_id": ["T", "U", "U"], "price": [80.0, 70.0, 60.0], "ceiling": [100.0, None, None]}
    )

    assert margins(bids).collect().height == 0
    with pytest.raises(ValueError, match=r"Margins reads the columns .*'ceiling'"):
        margins(bids.drop("ceiling"))


def test_round_prices_show_as_a_coarse_grid(competition: pl.LazyFrame) -> None:
    rounded = competition.with_columns((pl.col("price") / 20_000).round() * 20_000)

    assert coarse_share(margins(competition), 0.002) == 0.0
    assert coarse_share(margins(rounded), 0.002) == 1.0
