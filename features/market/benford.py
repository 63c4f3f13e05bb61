"""Benford's law: how the leading digits of many amounts fall."""

from typing import Literal

import numpy as np
import polars as pl
from scipy.special import chdtrc

from features.market.outcome import Outcome, need_columns, require
from features.segments import Counts, Floats

FEWEST = {1: 100, 2: 300}
"""Amounts without which the first digit, or the first two, say nothing (research 3.14; five expected in
the rarest cell of two would take over 1,100, which is why the p-value is simulated)."""

SPAN = 100.0
"""Largest over smallest amount (1 % cut from each end) below which Benford's law is not expected."""

SOURCE = "Benford 1938; Nigrini 2012 on the mean absolute deviation"

_INVALID = (
    "amounts that span less than two orders of magnitude (see details['span'])",
    "legal thresholds, ceilings, published unit prices or price floors, which move digits lawfully",
    "amounts that depend on each other: bids of one tender, repeated or split contracts",
    "rounding to few digits, which moves the second digit",
)


def benford(
    amounts: pl.LazyFrame, *, digits: Literal[1, 2] = 1, resamples: int = 1999, seed: int = 0
) -> Outcome:
    """Mean absolute deviation (MAD) of the leading digits from Benford's law.

    Args:
        amounts: a frame with `price`; best one amount per tender, since bids of a tender are alike.
        digits: the first digit, or the first two together.
        resamples: draws of as many independent amounts that follow the law exactly.
        seed: of these draws.

    Returns:
        `statistic` is the MAD, the mean over the digits of |share - log10(1 + 1/d)|. `p_value` is the share
        of draws with at least this MAD. `details` holds Pearson's chi-square with its p-value and the
        `span`. Amounts in another currency keep the law but not the digits: a true Benford set conforms in
        every unit, others may conform in one and not in another.

    Raises:
        ValueError: fewer than 100 amounts for one digit, 300 for two.

    >>> prices = pl.LazyFrame({"price": 10 ** np.linspace(2, 6, 400, endpoint=False)})
    >>> found = benford(prices)
    >>> round(found.statistic, 3), found.p_value > 0.5
    (0.004, True)
    """
    need_columns("Benford's test", amounts, ("price",))
    prices = amounts.select(pl.col("price").cast(pl.Float64)).filter(pl.col("price") > 0).collect()["price"]
    require(
        "Benford's test", prices.len(), FEWEST[digits], "amounts", "Pool more tenders, or test one digit."
    )
    law = shares_by_law(digits)
    seen = leading_counts(prices.to_numpy(), digits)
    shares = seen / seen.sum()
    drawn = np.random.default_rng(seed).multinomial(int(seen.sum()), law, size=resamples) / seen.sum()
    mad = float(np.abs(shares - law).mean())
    chi_square = float(seen.sum() * ((shares - law) ** 2 / law).sum())
    low, high = np.quantile(prices.to_numpy(), [0.01, 0.99])
    return Outcome(
        f"benford, {'first digit' if digits == 1 else 'first two digits'}",
        statistic=mad,
        n=int(seen.sum()),
        unit="amounts",
        p_value=float((1 + (np.abs(drawn - law).mean(axis=1) >= mad - 1e-12).sum()) / (resamples + 1)),
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "chi_square": chi_square,
            "chi_square_p": float(chdtrc(law.size - 1, chi_square)),
            "span": float(high / low),
            "span_is_wide": float(high / low >= SPAN),
        },
    )


def shares_by_law(digits: int) -> Floats:
    """Shares of the leading one or two digits under the law, ascending."""
    leading = np.arange(10 ** (digits - 1), 10**digits)
    return np.asarray(np.log10(1 + 1 / leading))


def leading_counts(prices: Floats, digits: int) -> Counts:
    """Counts of the leading digits; a hair is added so that 3 / 10 is not taken for 2.999."""
    power = np.floor(np.log10(prices) + 1e-12)
    lead = np.floor(prices / 10.0**power * 10.0 ** (digits - 1) * (1 + 1e-12)).astype(np.int64)
    least, most = 10 ** (digits - 1), 10**digits
    return np.bincount(lead.clip(least, most - 1) - least, minlength=most - least)
