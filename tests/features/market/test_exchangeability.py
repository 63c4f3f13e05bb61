from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import f as snedecor
from scipy.stats import kstest

from features.market.exchangeability import FEWEST_BIDS, exchangeability
from features.segments import Floats


def market(seed: int, tenders: int = 90, ring: float = 0.0, firms: int = 6) -> pl.LazyFrame:
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    strength = rng.normal(0, 0.1, firms)
    for t in range(tenders):
        who = rng.choice(firms, int(rng.integers(3, firms + 1)), replace=False)
        cost, shock = rng.random(who.size), rng.normal()
        rivals = (cost.sum() - cost) / (who.size - 1)
        answer = np.where(who < 2, 0.2 - ring, 0.2)
        log = shock + strength[who] + answer * cost + 0.05 * rivals + rng.normal(0, 0.05, who.size)
        rows += [
            {"tender_id": f"T{t}", "bidder_id": f"F{w}", "price": float(np.exp(y)), "distance": float(c)}
            for w, y, c in zip(who, log, cost, strict=True)
        ]
    return pl.LazyFrame(rows)


def unexplained(x: Floats, y: Floats) -> tuple[float, int]:
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(left @ left), int(np.linalg.matrix_rank(x))


def test_the_statistic_is_that_of_two_regressions_with_all_dummies() -> None:
    bids = market(1, tenders=60)
    found = exchangeability(bids, "distance")
    frame = bids.collect()
    tender = frame["tender_id"].to_dummies().to_numpy().astype(float)
    firm = frame["bidder_id"].to_dummies().to_numpy().astype(float)
    cost = frame["distance"].to_numpy()
    n = tender @ tender.sum(axis=0)
    rival = (tender @ (tender.T @ cost) - cost) / (n - 1)
    y = np.log(frame["price"].to_numpy())
    narrow = unexplained(np.column_stack([tender, firm, cost, rival]), y)
    wide = unexplained(np.column_stack([tender, firm, firm * cost[:, None], firm * rival[:, None]]), y)
    more, left = wide[1] - narrow[1], y.size - wide[1]
    f = (narrow[0] - wide[0]) / more / (wide[0] / left)
    assert found.statistic == pytest.approx(f)
    assert found.p_value == pytest.approx(snedecor.sf(f, more, left))
    assert (found.details["restrictions"], found.details["freedom"]) == (more, left)


def test_firms_that_ignore_their_costs_stand_out() -> None:
    p = [exchangeability(market(seed, ring=0.2), "distance").p_value or 0.0 for seed in range(5)]
    assert max(p) < 1e-3


@pytest.mark.slow
def test_p_values_are_uniform_under_competition_with_common_shocks() -> None:
    p = [exchangeability(market(seed), "distance").p_value for seed in range(300)]
    assert kstest(p, "uniform").pvalue > 0.01


def test_order_and_currency_do_not_matter() -> None:
    bids = market(2)
    other = bids.with_columns(pl.col("price") * 7.3).collect().sample(fraction=1, shuffle=True, seed=1)
    assert exchangeability(other.lazy(), "distance").statistic == pytest.approx(
        exchangeability(bids, "distance").statistic
    )


def test_few_firms_and_a_constant_cost_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at least 3 firms with {FEWEST_BIDS} bids"):
        exchangeability(market(3, tenders=10), "distance")
    with pytest.raises(ValueError, match="at least 1 degrees of freedom"):
        exchangeability(market(3).with_columns(distance=pl.lit(1.0)), "distance")
    with pytest.raises(ValueError, match="'backlog'"):
        exchangeability(market(3), "backlog")
