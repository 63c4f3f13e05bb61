from collections.abc import Callable

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from models.stack import stack


def test_hits_and_scores_add_up_and_never_clear(tenders_of: Callable[..., pl.DataFrame]) -> None:
    rng = np.random.default_rng(0)
    frame = tenders_of(500, reviewed=0.8)
    truth = frame["truth"].to_numpy()
    made = frame.with_columns(
        pl.Series("hit Q02", rng.random(500) < np.where(truth, 0.5, 0.1)),
        pl.Series("hit B01", rng.random(500) < 0.3),
        pl.Series("score", np.clip(rng.random(500) + 0.2 * truth, 0, 1)),
    )

    fitted = stack(made, ["hit Q02", "hit B01", "score"])
    chance = fitted.probability(made, 0.1)
    with_hit = fitted.probability(made.with_columns(pl.lit(True).alias("hit Q02")), 0.1)

    assert (with_hit >= chance - 1e-12).all()
    assert roc_auc_score(truth, chance) > 0.7
