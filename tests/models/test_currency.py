import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.catalogue import Grain
from models.frame import model_frame
from models.labels import LABEL, UNIT, WEIGHT
from models.scorer import all_models, make
from records.tables import market_of


def tenders(scale: int) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    n, bids = 150, 5
    ids = [f"T{i:03}" for i in range(n)]
    amount = rng.integers(80_000, 120_000, n * bids) * scale
    market = market_of(
        tenders=pl.DataFrame({"tender_id": ids, "estimate": [100_000 * scale] * n, "batch_id": "b"}),
        bids=pl.DataFrame(
            {
                "bid_id": [str(i) for i in range(n * bids)],
                "tender_id": np.repeat(ids, bids),
                "bidder_id": [str(i) for i in range(n * bids)],
                "amount": amount,
                "batch_id": "b",
            }
        ),
    )
    row = pl.int_range(pl.len())
    return (
        model_frame(market)
        .sort("tender_id")
        .with_columns(
            pl.when(row < 60).then(row % 2 == 0).alias(LABEL),
            pl.when(row < 60).then(1.0).alias(WEIGHT),
            (row // 5).alias(UNIT),
        )
    )


@pytest.mark.parametrize("name", sorted(all_models(Grain.TENDER)))
def test_the_unit_of_money_does_not_matter(name: str) -> None:
    yuan, wan = (make(name).fit(f).explain(f) for f in (tenders(1), tenders(8_192)))

    assert yuan["score"].null_count() == 0
    assert_frame_equal(yuan, wan)


def test_a_model_fitted_in_one_currency_scores_another() -> None:
    scorer = make("ecod").fit(tenders(1))

    assert_frame_equal(scorer.score(tenders(1)), scorer.score(tenders(8_192)))
