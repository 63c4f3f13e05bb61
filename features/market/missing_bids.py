"""Missing bids: too few bids that win or lose by a hair (Chassang, Kawai, Nakabayashi and Ortner 2022).

In a competitive market the margins of bids are spread smoothly around zero. Where the winner is agreed
the others stay clear of it, and hardly any bid falls just beside another. `density_screen` looks for that
gap; `share_not_competitive` bounds how many bids cannot be the best replies of independent bidders.
"""

import numpy as np
import polars as pl

from features.market.demand import limits, moments, tender_codes, wins
from features.market.margins import coarse_share, margins
from features.market.outcome import Outcome, require
from features.market.rationalise import least_share
from features.segments import Floats

NEAR_TIE = 1e-4
"""Tenders whose two lowest ratios are this close are left out of the bound and counted apart."""

FEWEST = 50
"""Tenders without which neither test says anything."""

SOURCE = "Chassang, Kawai, Nakabayashi and Ortner 2022"

_ROUNDING = 1e-9
"""Share of a width that is rounding: a margin of just so much lies in the window below."""

_INVALID = (
    "bids rounded to a coarse grid: margins of less than one step cannot occur",
    "a price floor or an average-bid rule: the lowest bid does not win, or bids bunch at the floor",
    "several regimes pooled: demand is averaged over different games",
    "bidders with common costs that learn each other's bids lawfully, as in open auctions",
)
_MORE = "Take more tenders with two valid bids and a ceiling price."


def density_screen(
    bids: pl.LazyFrame, *, width: float = 0.002, resamples: int = 999, seed: int = 0
) -> Outcome:
    """Density of margins beside zero over the density a little further out.

    `statistic` is the number of bids with 0 < |margin| <= width over the number with
    width < |margin| <= 2 width. Both windows have one total width and, on a grid that divides it, as many
    places for a price, so a smooth density gives about 1 (a linear one exactly, since the sides cancel) and
    a gap gives less. Exact ties are no near misses;
    `details["tied_share"]` is their share of the bids. The p-value is one-sided, for a gap, from a
    bootstrap of whole tenders: how often the centred difference of counts falls as low as that seen.
    `details["coarse_share"]` is the share of tenders whose price grid alone leaves such a gap.

    Raises:
        ValueError: fewer than `FEWEST` tenders, or no margin within twice the width.

    >>> rng = np.random.default_rng(0)
    >>> bids = pl.LazyFrame({"tender_id": [f"T{i // 4}" for i in range(1600)], "ceiling": [1.0] * 1600,
    ...                      "price": rng.uniform(0.8, 1.0, 1600)})
    >>> bool(density_screen(bids).p_value > 0.05)
    True
    """
    size, known, edge = pl.col("margin").abs(), margins(bids), width * (1 + _ROUNDING)
    counted = (
        known.group_by("tender_id")
        .agg(
            ((size > 0) & (size <= edge)).sum().cast(pl.Int64).alias("near"),
            ((size > edge) & (size <= 2 * edge)).sum().cast(pl.Int64).alias("far"),
            (size == 0).sum().cast(pl.Int64).alias("tied"),
            pl.len().cast(pl.Int64).alias("bids"),
        )
        .group_by("near", "far", "tied", "bids").agg(pl.len().cast(pl.Int64).alias("tenders"))
        .sort("near", "far", "tied", "bids").collect()
    )  # fmt: skip
    tenders = counted["tenders"].to_numpy()
    require("The density screen", int(tenders.sum()), FEWEST, "tenders", _MORE)
    near, far, tied, n = ((counted[c].to_numpy() * tenders).sum() for c in ("near", "far", "tied", "bids"))
    if near + far == 0:
        raise ValueError(f"No margin lies within {2 * width} of zero; choose a larger width than {width}.")
    return Outcome(
        "missing bids: density at zero",
        statistic=float(near / far) if far else float("inf"),
        n=int(tenders.sum()),
        unit="tenders",
        p_value=_deficit(counted, tenders, resamples, seed),
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "near": float(near),
            "far": float(far),
            "tied_share": float(tied / n),
            "coarse_share": coarse_share(known, width),
        },
    )


def _deficit(counted: pl.DataFrame, tenders: Floats, resamples: int, seed: int) -> float:
    """Tenders with equal counts are drawn together: one multinomial per resample."""
    excess = (counted["near"] - counted["far"]).to_numpy().astype(np.float64)
    seen = float(excess @ tenders)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(int(tenders.sum()), tenders / tenders.sum(), size=resamples) @ excess
    return float((1 + (drawn - seen <= seen + 1e-9).sum()) / (resamples + 1))


def share_not_competitive(
    bids: pl.LazyFrame,
    *,
    markup: float = 0.0,
    most_markup: float = 0.5,
    deviations: tuple[float, ...] = (-0.02, 0.0008),
    above: float = 0.0,
    level: float = 0.95,
) -> Outcome:
    """Least share of bids that independent bidders with a markup in the given range cannot have made.

    Args:
        bids: the frame `priced_bids`, or any with `tender_id, price, ceiling`.
        markup: least markup of price over cost that is thought possible.
        most_markup: largest one.
        deviations: relative changes of a bid that a bidder could have tried; cuts below zero, rises above.
        above: bids below this share of the ceiling are left out (they still count as rivals).
        level: joint confidence of the demands (Bonferroni over the one-sided inequalities, whole tenders
            as the unit).

    Returns:
        `statistic` is the share as published: of the bids left after near ties were taken out
        (`details["tied_share"]`), with a normal interval. That interval has width zero when no bid at all
        falls between a bid and its raised copy, which is the very finding that drives it: simulated
        equilibria of 3 and 5 bidders in 300 tenders gave a share above zero in 20 % and 13 % of runs.
        `bound` is the same with a score interval, which allows for the handful of bids that chance leaves
        out (none of these runs above zero). The bound is what the data support at `level`.

    Raises:
        ValueError: fewer than `FEWEST` tenders; a range of markups or deviations that means nothing.

    >>> rng = np.random.default_rng(0)
    >>> bids = pl.LazyFrame({"tender_id": [f"T{i // 4}" for i in range(1600)], "ceiling": [1.0] * 1600,
    ...                      "price": rng.uniform(0.8, 1.0, 1600)})
    >>> share_not_competitive(bids).bound
    0.0
    """
    _check(markup, most_markup, deviations, level)
    changes = tuple(sorted({0.0, *deviations}))
    kept = margins(bids).filter(pl.col("ratio") > above)
    used = _without_near_ties(kept)
    won, rows = wins(used, changes), moments(changes)
    plain, guarded = limits(won, tender_codes(used), rows, level)
    costs = (1 / (1 + most_markup), 1 / (1 + markup))
    return Outcome(
        "missing bids: share not competitive",
        statistic=least_share(changes, rows, plain, costs),
        n=used["tender_id"].n_unique(),
        unit="tenders",
        bound=least_share(changes, rows, guarded, costs),
        invalid_if=(*_INVALID, "demand that bidders misjudge: beliefs are taken to be right on average"),
        source=SOURCE,
        details={
            "tied_share": float(kept.select((pl.col("closest") <= NEAR_TIE).mean()).collect().item()),
            "coarse_share": coarse_share(kept, min(map(abs, deviations))),
            "bids": float(used.height),
            **{f"demand_{change:+g}": float(won[:, i].mean()) for i, change in enumerate(changes)},
        },
    )


def _without_near_ties(kept: pl.LazyFrame) -> pl.DataFrame:
    """The bids that the bound rests on: `tender_id, ratio, rival`, in one order whatever the input's."""
    clear = kept.filter(pl.col("closest") > NEAR_TIE)
    used = clear.select("tender_id", "ratio", "rival").sort(pl.all()).collect()
    require("The bound", used["tender_id"].n_unique(), FEWEST, "tenders without a near tie", _MORE)
    return used


def _check(markup: float, most_markup: float, deviations: tuple[float, ...], level: float) -> None:
    if not 0 <= markup <= most_markup:
        raise ValueError(f"Markups run from 0 up; {markup} to {most_markup} is no range.")
    if not deviations or not all(-1 < change < 1 and change != 0 for change in deviations):
        raise ValueError(f"Deviations are changes between -1 and 1 other than 0, not {deviations}.")
    if not 0.5 < level < 1:
        raise ValueError(f"The level lies between 0.5 and 1; {level} does not.")
