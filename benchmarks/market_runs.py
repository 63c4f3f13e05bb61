"""One run of every market test on a market in which nobody agrees anything."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl

from features.market.average_bid_groups import bid_test, participation_test
from features.market.benford import benford
from features.market.close_margin import backlog, close_margin
from features.market.dispersion_regimes import dispersion_regimes
from features.market.gap_comparison import gap_comparison
from features.market.missing_bids import density_screen
from features.market.outcome import Outcome
from features.market.rank_persistence import rank_persistence
from features.market.rebid_persistence import rebid_persistence
from features.market.rebids import rebids
from features.market.share_stability import share_stability
from features.segments import Floats

Run = Callable[[np.random.Generator], Outcome]
FIRMS = 40
DAY = date(2015, 1, 1)

RUNS: dict[str, Run] = {}

NOT_RUN = {
    "share_not_competitive": "gives a bound",
    "exchangeability": "its law is exact; judged in its own test file",
}
"""Market tests without a run here, and why."""


def run(function: Run) -> Run:
    """Enter a run under its function's name."""
    RUNS[function.__name__] = function
    return function


def bids_of(ratio: Floats, rng: np.random.Generator, firms: int = FIRMS) -> pl.LazyFrame:
    """Bids of tenders with equal numbers of bids, one tender every three days, firms at random."""
    tenders, n = ratio.shape
    entered = np.argsort(rng.random((tenders, firms)), axis=1)[:, :n]
    tender = np.repeat(np.arange(tenders), n)
    ceiling = np.round(10 ** rng.uniform(5.5, 7.5, tenders))[tender]
    return pl.LazyFrame(
        {
            "tender_id": pl.select(pl.format("T{}", pl.Series(tender))).to_series(),
            "bidder_id": pl.select(pl.format("F{}", pl.Series(entered.ravel()))).to_series(),
            "price": ratio.ravel() * ceiling,
            "ceiling": ceiling,
            "won": (ratio == ratio.min(axis=1, keepdims=True)).ravel(),
            "deadline_at": pl.Series([DAY + timedelta(days=3 * int(t)) for t in tender]),
        }
    )


def lognormal(rng: np.random.Generator, tenders: int, n: int, spread: float = 0.05) -> Floats:
    return 0.8 * np.exp(spread * rng.normal(size=(tenders, n)))


@run
def density(rng: np.random.Generator) -> Outcome:
    """250 tenders of 4, lognormal bids (5 %), width 1 %."""
    bids = bids_of(lognormal(rng, 250, 4), rng)
    return density_screen(bids, width=0.01, resamples=499, seed=_seed(rng))


@run
def close_margins(rng: np.random.Generator) -> Outcome:
    """400 tenders of 5, lognormal bids (5 %), backlog."""
    return close_margin(backlog(bids_of(lognormal(rng, 400, 5), rng)), "backlog")


@run
def regimes(rng: np.random.Generator) -> Outcome:
    """100 tenders of 5, lognormal bids (5 %)."""
    x = lognormal(rng, 100, 5)
    days = [DAY + timedelta(days=i) for i in range(100)]
    cv = x.std(axis=1, ddof=1) / x.mean(axis=1)
    frame = pl.LazyFrame({"deadline_at": days, "bid_cv": cv})
    return dispersion_regimes(frame, resamples=499, seed=_seed(rng))


@run
def benford_first_digit(rng: np.random.Generator) -> Outcome:
    """400 amounts over four orders of magnitude."""
    return benford(pl.LazyFrame({"price": 10 ** rng.uniform(3, 7, 400)}), resamples=499, seed=_seed(rng))


@run
def entering_together(rng: np.random.Generator) -> Outcome:
    """60 tenders of 8 among 40 firms, a group of 6 named at random."""
    return participation_test(bids_of(lognormal(rng, 60, 8), rng), _group(rng), draws=199, seed=_seed(rng))


@run
def moving_the_benchmark(rng: np.random.Generator) -> Outcome:
    """60 tenders of 8 among 40 firms, a group of 6 named at random."""
    return bid_test(bids_of(lognormal(rng, 60, 8), rng), _group(rng), draws=99, seed=_seed(rng))


@run
def rebidding(rng: np.random.Generator) -> Outcome:
    """600 tenders of 5 and a second round; half of the variance of a bid lasts."""
    return rebid_persistence(two_rounds(rng), margin=0.02)


def two_rounds(rng: np.random.Generator, tenders: int = 600, n: int = 5) -> pl.LazyFrame:
    """Rebids of competing firms: cost that lasts, and as much noise in every round."""
    cost = 0.04 * rng.normal(size=(tenders, n))
    rounds = [
        bids_of(np.exp(level + cost + 0.04 * rng.normal(size=cost.shape)), rng) for level in (0.02, -0.03)
    ]
    first, second = (made.collect() for made in rounds)
    price = second["price"] / second["ceiling"] * first["ceiling"]
    second = first.with_columns(price, tender_id="again " + pl.col("tender_id"))
    both = pl.concat([first, second])
    tenders_of = both.select(
        "tender_id", "ceiling", procedure_id=pl.col("tender_id").str.strip_prefix("again "),
        title=pl.lit("works"), round=1 + pl.col("tender_id").str.starts_with("again").cast(pl.Int32),
    ).unique()  # fmt: skip
    return rebids(tenders_of.lazy(), both.lazy())


@run
def keeping_places(rng: np.random.Generator) -> Outcome:
    """200 tenders of 5 among 15 firms of unequal strength, lognormal bids."""
    bids = bids_of(lognormal(rng, 200, 5), rng, firms=15)
    strength = pl.col("bidder_id").replace_strict(
        {f"F{i}": float(s) for i, s in enumerate(np.exp(0.04 * rng.normal(size=15)))}
    )
    return rank_persistence(bids.with_columns(pl.col("price") * strength), draws=199, seed=_seed(rng))


@run
def steady_shares(rng: np.random.Generator) -> Outcome:
    """300 tenders of 5 among 15 firms over two and a half years, shares by half-year."""
    bids = bids_of(lognormal(rng, 300, 5), rng, firms=15)
    return share_stability(bids, every="6mo", resamples=499, seed=_seed(rng))


@run
def gaps_to_the_winner(rng: np.random.Generator) -> Outcome:
    """200 tenders of 4, half of them named at random."""
    return _gaps(rng, "winner and runner-up")


@run
def gaps_of_losers(rng: np.random.Generator) -> Outcome:
    """200 tenders of 4, half of them named at random."""
    return _gaps(rng, "losers")


def _gaps(rng: np.random.Generator, between: str) -> Outcome:
    named = {f"T{i}" for i in rng.choice(200, 100, replace=False)}
    bids = bids_of(lognormal(rng, 200, 4), rng)
    return gap_comparison(bids, named, between=between, resamples=499, seed=_seed(rng))  # type: ignore[arg-type]


def _group(rng: np.random.Generator) -> set[str]:
    return {f"F{i}" for i in rng.choice(FIRMS, 6, replace=False)}


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
