import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import missing_bids
from features.market.demand import moments
from features.market.rationalise import least_share

ROWS = moments(missing_bids.CHANGES)


@pytest.mark.parametrize(("demand", "near"), [((0.4, 0.3, 0.28), 0.001), ((0.9, 0.3, 0.3), 0.05)])
@pytest.mark.parametrize("markup", [0.1, 0.3])
def test_the_published_scheme_comes_to_the_same_share_from_above(
    demand: tuple[float, ...], near: float, markup: float
) -> None:
    limits, costs = ROWS @ np.array(demand) + 1e-3, (1 / 1.5, 1 / (1 + markup))
    exact = least_share(missing_bids.CHANGES, ROWS, limits, costs)

    sampled = missing_bids.by_sampling(ROWS, limits, costs, programmes=30)

    assert exact - 1e-6 <= sampled <= exact + near


def test_histories_that_no_cost_explains_do_not_compete() -> None:
    histories = np.array(
        [[0.6, 0.5, 0.0], [0.5, 0.5, 0.5], [0.9, 0.1, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]]
    )

    assert missing_bids.not_competing(histories, (1 / 1.5, 1.0)).tolist() == [0, 1, 0, 0, 0]
    assert missing_bids.not_competing(histories, (1 / 1.5, 1 / 1.1)).tolist() == [0, 1, 1, 0, 0]


def test_the_benchmark_prints_both_ways(
    real_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = real_file("tsuchiura/tsuchiura_data.csv").parents[1]
    monkeypatch.setattr(sys, "argv", ["x", "--data", str(data), "--programmes", "5", "--markups", "0"])

    missing_bids.main()

    printed = capsys.readouterr().out
    assert printed.count("0.1867") == 3
