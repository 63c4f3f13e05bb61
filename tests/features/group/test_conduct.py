import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, cauchy, norm

from features.group.conduct import combined


def frame_of(p: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(p, schema=[f"p{i}" for i in range(p.shape[1])])


def both(frame: pl.DataFrame) -> np.ndarray:
    return frame.select(p=combined(tuple(pl.col(c) for c in frame.columns)))["p"].to_numpy()


def test_it_is_the_cauchy_tail_of_the_mean_and_order_does_not_matter() -> None:
    p = np.random.default_rng(0).uniform(0, 0.99, (50, 4))

    found = both(frame_of(p))

    np.testing.assert_allclose(found, cauchy.sf(cauchy.isf(p).mean(axis=1)), rtol=1e-9)
    np.testing.assert_allclose(found, both(frame_of(p[:, ::-1])), rtol=1e-12)


def test_a_test_that_cannot_be_made_counts_nothing() -> None:
    frame = pl.DataFrame(
        {"a": [0.02, None], "b": [None, None], "c": [0.3, 0.3]}, schema_overrides={"b": pl.Float64}
    )

    assert both(frame)[0] == pytest.approx(both(frame.select("a", "c"))[0])
    assert both(frame)[1] == pytest.approx(0.3)


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_without_conduct_it_is_as_rare_as_it_says_however_the_tests_depend(shared: float) -> None:
    rng = np.random.default_rng(1)
    n, common = 20_000, rng.normal(size=(20_000, 1))
    z = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=(n, 8))
    found = both(frame_of(norm.sf(z)))

    for level in (0.01, 0.05):
        most = 1.15 * level
        assert (found <= level).sum() <= binom.ppf(0.999, n, most)


def test_exact_tests_that_say_one_do_not_silence_a_strong_one() -> None:
    assert both(frame_of(np.array([[1e-5, 1.0, 1.0, 1.0]])))[0] < 1e-4
