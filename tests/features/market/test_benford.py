import numpy as np
import polars as pl
import pytest
from scipy.stats import chisquare

from features.market.benford import benford


def amounts(prices: object) -> pl.LazyFrame:
    return pl.LazyFrame({"price": prices})


@pytest.mark.parametrize("digits", [1, 2])
def test_p_values_are_uniform_under_the_law(digits: int) -> None:
    rng = np.random.default_rng(8)
    draws = (amounts(10 ** rng.uniform(2, 6, 400)) for _ in range(200))
    p = np.sort([benford(x, digits=digits, resamples=399).p_value or 0 for x in draws])  # type: ignore[arg-type]

    assert np.abs(p - (np.arange(200) + 0.5) / 200).max() < 0.115  # the 1 % point of Kolmogorov's distance


def test_invented_amounts_are_found() -> None:
    found = benford(amounts(np.random.default_rng(1).uniform(1e3, 1e4, 200)))

    assert found.p_value == pytest.approx(1 / 2000)
    assert found.details["span_is_wide"] == 0.0


def test_the_chi_square_is_that_of_scipy() -> None:
    prices = 10 ** np.random.default_rng(2).uniform(0, 5, 500)
    lead = np.array([int(f"{p:.12e}"[0]) for p in prices])
    law = np.log10(1 + 1 / np.arange(1, 10))

    found = benford(amounts(prices))

    expected = chisquare([(lead == d).sum() for d in range(1, 10)], law / law.sum() * 500)
    assert found.details["chi_square"] == pytest.approx(expected.statistic)
    assert found.details["chi_square_p"] == pytest.approx(expected.pvalue)
    assert found.statistic == pytest.approx(
        np.mean([abs((lead == d).mean() - law[d - 1]) for d in range(1, 10)])
    )


@pytest.mark.parametrize("power", [-4, 0, 3, 9])
def test_exact_digits_survive_floating_point(power: int) -> None:
    prices = [float(f"{lead}e{power}") for lead in range(10, 100)] * 4

    found = benford(amounts(prices), digits=2)

    assert found.statistic == pytest.approx(np.abs(1 / 90 - np.log10(1 + 1 / np.arange(10, 100))).mean())


def test_order_does_not_matter_and_unpriced_rows_do_not_count() -> None:
    prices = 10 ** np.random.default_rng(3).uniform(0, 5, 150)

    assert benford(amounts([*prices, None])) == benford(amounts(prices[::-1]))
    assert benford(amounts(prices * 1000)).statistic == pytest.approx(benford(amounts(prices)).statistic)


def test_too_few_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="Benford's test needs at least 100 amounts and has 99"):
        benford(amounts(np.arange(1.0, 100.0)))
    with pytest.raises(ValueError, match="at least 300 amounts and has 299"):
        benford(amounts(np.arange(1.0, 300.0)), digits=2)
    with pytest.raises(ValueError, match=r"\['price'\] are not among \['amount'\]"):
        benford(pl.LazyFrame({"amount": [1.0]}))
