from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import CATALOGUE, Grain
from records.tables import Market, market_of

LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-9, "abs_tol": 1e-12}
MONEY = ("largest_bid_per_employee",)


def rows(market: Market) -> pl.DataFrame:
    frame = Build(market).grain(Grain.BIDDER).collect()
    return frame.select("bidder_id", *CATALOGUE.columns(Grain.BIDDER)).sort("bidder_id")


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_does_not_matter(seed: int, make_rich: Callable[..., Market]) -> None:
    market = make_rich(seed)
    shuffled = {
        name: frame.collect().sample(fraction=1.0, shuffle=True, seed=7) if frame.collect().height else frame
        for name, frame in market.to_dict().items()
    }
    assert_frame_equal(rows(market_of(**shuffled)), rows(market), **LAST_DIGIT)


def test_the_unit_of_money_does_not_matter(make_rich: Callable[..., Market]) -> None:
    yuan, fen = rows(make_rich(3)), rows(make_rich(3, factor=100))
    assert_frame_equal(fen.drop(MONEY), yuan.drop(MONEY), **LAST_DIGIT)
    assert_frame_equal(fen.select(pl.col(MONEY) / 100), yuan.select(MONEY), **LAST_DIGIT)


def test_what_is_not_on_record_is_null_never_zero() -> None:
    bids = {"bid_id": ["a", "b"], "tender_id": ["T", "T"], "bidder_id": ["A", "B"], "batch_id": ["x", "x"]}
    market = market_of(tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": ["x"]}), bids=pl.DataFrame(bids))
    row = rows(market).row(0, named=True)
    said = {name: value for name, value in row.items() if value is not None}
    territory = {f"bids_{place}_n": 0 for place in ("region", "category", "buyer")}
    assert said == {
        "bidder_id": "A", "n_entered": 1, "n_priced": 0, "sole_bid_share": 0.0, "joint_bid_share": 0.0,
        "shell_checked": 0, **territory,
    }  # fmt: skip


def test_an_empty_market_has_no_rows() -> None:
    assert rows(market_of()).height == 0
