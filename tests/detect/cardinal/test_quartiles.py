import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.cardinal.quartiles import lower_fence, quantile, quartiles, rounded, upper_fence

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(numbers, st.floats(0, 1))
def test_quantile_is_the_median_unbiased_one(values: list[float], share: float) -> None:
    expected = np.quantile(values, share, method="median_unbiased")
    assert quantile(values, share) == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_of_nothing_there_is_no_quantile() -> None:
    assert math.isnan(quantile([], 0.5))
    assert math.isnan(quantile([1.0], 1.01))
    assert all(map(math.isnan, quartiles([])))


def test_of_one_every_quantile_is_it() -> None:
    assert quartiles([0.3]) == (0.3, 0.3)


def test_fences_are_rounded_once() -> None:
    q1, q3 = 0.01, 0.06
    assert upper_fence(q1, q3) == 0.13499999999999998
    assert q3 + 1.5 * (q3 - q1) == 0.135
    assert lower_fence(q1, math.inf) == -math.inf


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.12345, 0.1235), (-0.00005, -0.0001), (2.0, 2.0), (math.inf, None), (math.nan, None)],
)
def test_four_decimals_are_told(value: float, told: float | None) -> None:
    assert rounded(value) == told
