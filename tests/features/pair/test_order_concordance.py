from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import friedmanchisquare, kstest

from features.pair.order_concordance import order_concordance
from features.segments import Floats


def uploads(minutes: Floats) -> pl.LazyFrame:
    tenders, members = minutes.shape
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return pl.LazyFrame(
        {
            "tender_id": [f"T{t}" for t in range(tenders) for _ in range(members)],
            "bidder_id": [f"F{m}" for _ in range(tenders) for m in range(members)],
            "submitted_at": [start + timedelta(minutes=float(m)) for m in minutes.ravel()],
        }
    )


NAMES = [f"F{m}" for m in range(4)]


def test_the_statistic_is_friedmans() -> None:
    minutes = np.random.default_rng(1).random((9, 4)) * 600
    found = order_concordance(uploads(minutes), NAMES, permutations=99)
    chi2 = friedmanchisquare(*minutes.T).statistic
    assert found.statistic == pytest.approx(chi2 / (9 * 3))
    assert found.n == 9


def test_p_values_are_uniform_for_random_orders() -> None:
    rng = np.random.default_rng(2)
    p = [
        order_concordance(uploads(rng.random((8, 4))), NAMES, permutations=199, seed=s).p_value
        for s in range(150)
    ]
    assert kstest(p, "uniform").pvalue > 0.01


def test_one_order_in_every_tender_stands_out() -> None:
    minutes = np.arange(4) * 5 + np.random.default_rng(3).random((6, 4))
    found = order_concordance(uploads(minutes), NAMES)
    assert (found.statistic, found.details["same_order"]) == (1.0, 6)
    assert found.p_value == pytest.approx(1e-4)
    assert found.details["same_order_p"] == pytest.approx(24.0**-5)


def test_only_tenders_with_a_time_of_every_member_count() -> None:
    times = uploads(np.random.default_rng(4).random((6, 5)))
    absent = times.filter((pl.col("tender_id") != "T2") | (pl.col("bidder_id") != "F1"))
    assert order_concordance(absent, NAMES, permutations=9).n == 5


def test_too_few_members_or_tenders_are_refused() -> None:
    times = uploads(np.random.default_rng(5).random((2, 4)))
    with pytest.raises(ValueError, match="at least 2 members and has 1"):
        order_concordance(times, ["F1", "F1"])
    with pytest.raises(ValueError, match="at least 3 tenders"):
        order_concordance(times, NAMES)
