"""Whether two bidders' prices move together once costs are accounted for: a snapshot of a whole market.

Bajari and Ye (2003): under competition, what cost and size do not explain of two bids is independent.
Here log prices are explained by the tender (and with it by category, reference price and every common
shock), by the bidder and by its work at hand.

Fisher's z on such residuals, as published, is not uniform under competition: taking out a tender's mean
ties its n residuals to each other (correlation -1/(n-1) for like bidders), and wild tenders drown calm
ones. So residuals are divided by their tender's deviation and the two of a pair turned into two that are
uncorrelated with variance 1 under independence, bidders' own variances allowed for; the p-value comes from
Student's t on their products. In simulated competition with common cost shocks 2 to 6 % of p-values lay at
or below 0.05, whatever the shape of the errors and with deviations of tenders that differed e-fold. Where
two move together the others of their tenders seem to move against them: of linked findings the positive
one is to be believed. What fails: shocks shared by some bidders of a tender only (a quarry near two of
them) are no agreement and look like one; and bidders whose deviations differ very much (e^0.7-fold) leave
6 % at 0.05 and 2 % at 0.01.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import stdtr

from features.catalogue import KEYS, Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.market.close_margin import backlog
from features.pair.fixed_effects import left_over
from features.pair.meetings import Meetings, mean_over, over, run_lengths
from features.segments import Bools, Counts, Floats, Segments
from records.tables import Mechanism

FEWEST_BIDDERS = 3
"""Bidders of a tender below which its residuals mirror each other."""

FEWEST_MEETINGS = 5
"""Joint tenders below which no correlation is given."""

SETTLED = 1e-6
"""Deviation of a tender's residuals, over that of all, up to which they are the fit's own error."""

FEWEST_BIDS = 5
"""Bids of a bidder below which it shares its effect with all other occasional bidders."""

REFITS = 5
"""Rounds in which the bidders' variances are told from those of the tenders that they share."""

LEAST_SHARE = 0.05
"""Least error variance of a bidder, in average ones: less is the luck of few bids."""

Rows = npt.NDArray[np.uint32]

_DOMAIN = f"n_residuals >= {FEWEST_MEETINGS}"

_COLUMNS = {
    "n_residuals": Column("Joint tenders of three bidders or more, not awarded by a mean of bids, not all "
    "bids explained.",
                          "残差可比的共同投标次数", "tenders"),
    "residual_correlation": Column(
        "Correlation of the two bidders' unexplained log prices over these tenders, freed of what taking out "
        "the tender's mean puts into it.", "残差相关系数", "", _DOMAIN, "Bajari and Ye 2003"),
    "residual_z": Column("Fisher's z of that correlation, over its deviation under a normal law.",
                         "残差相关的Fisher z值", "deviations", _DOMAIN, "Bajari and Ye 2003"),
    "residual_p": Column(
        "Chance of a correlation so far from zero, on either side: Student's t on the products.",
        "残差相关的偶然概率", "probability", _DOMAIN, "rules Q12"),
    "residual_q": Column("The same as a false discovery rate among all pairs with a correlation.",
                         "残差相关的错误发现率", "probability", _DOMAIN, "Benjamini and Hochberg 1995"),
}  # fmt: skip


@frame
def pair_residual_counts(
    pair_entries: pl.LazyFrame, pair_meetings: pl.LazyFrame, bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame, tenders: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """The columns of `pair_residuals` without the false discovery rate, counted once.

    Bids that aim at a mean of bids are not independent for anybody: such tenders are left out.
    """
    averaged = tenders.filter(pl.col("mechanism").cast(pl.String) == Mechanism.MEAN_BENCHMARK.value)
    left_out = averaged.join(tender_codes, on="tender_id").select("tender").collect().to_series()
    residuals, meetings = standard_residuals(pair_entries, left_out), Meetings.of(pair_meetings)
    a, b = _freed(residuals, meetings.first, meetings.second)
    return meetings.named(_correlations(meetings.cut, a, b), bidder_codes)


@dataclass(frozen=True)
class Residuals:
    """One value per row of `pair_entries`.

    `own` is the residual over its tender's deviation; `share` the error variance of the bidder, 1 on
    average, `mean_share` its mean over the tender, and `bidders` how many there were.
    """

    own: Floats
    share: Floats
    mean_share: Floats
    bidders: Floats


def standard_residuals(pair_entries: pl.LazyFrame, left_out: pl.Series | None = None) -> Residuals:
    """Residual of every entry, its variance and its tender's mean variance under independence.

    NaN in tenders `left_out`, by their number, in those of fewer than three bidders and where nothing is
    left to explain. A second fit counts calm tenders for more than wild ones, whose noise would otherwise
    reach the calm ones through the bidders' effects.
    """
    entries = pair_entries.collect()
    n = run_lengths(entries["tender"])
    skipped = np.zeros(n.size, np.bool_)
    if left_out is not None and n.size:
        skipped = entries["tender"].gather(np.cumsum(n) - n).is_in(left_out.implode()).to_numpy()
    judged = (n >= FEWEST_BIDDERS) & ~skipped
    used = np.repeat(judged, n)
    kept, cut = entries.filter(pl.Series(used)), Segments(n[judged])
    price, work = np.log(kept["price"].to_numpy()), [_work(kept)]
    effect = _effect(kept["bidder"].to_numpy())
    square = cut.sum(left_over(price, work, cut, effect) ** 2) / cut.n
    typical = float(np.median(square)) if square.size else 0.0
    calm = 1 / np.maximum(square + typical, 1e-300)
    left = left_over(price, work, cut, effect, calm)
    spread = np.sqrt(cut.sum(left**2) / cut.n)
    unexplained = spread > SETTLED * left.std() if left.size else spread > 0
    own = left / cut.spread(np.where(unexplained, spread, np.nan))
    share = _shares(own, cut, effect)
    columns = (own, share, cut.spread(cut.sum(share) / cut.n), cut.spread(cut.n.astype(np.float64)))
    return Residuals(*(_placed(column, used) for column in columns))


def _placed(values: Floats, used: Bools) -> Floats:
    placed = np.full(used.size, np.nan)
    placed[used] = values
    return placed


def _shares(own: Floats, cut: Segments, effect: Counts) -> Floats:
    """Error variance of each entry's bidder, 1 on average, from the squares of its standard residuals.

    Of n independent errors of variances v, those without their mean have variances
    v (1 - 2/n) + mean(v) / n.
    """
    n = cut.spread(cut.n.astype(np.float64))
    square = np.where(np.isnan(own), 1.0, own**2)
    share = np.ones(effect.size)
    bids = np.bincount(effect)
    for _ in range(REFITS):
        mean = cut.spread(cut.sum(share) / cut.n)
        found = (square * mean * (1 - 1 / n) - mean / n) / (1 - 2 / n)
        variance = (np.bincount(effect, found) + FEWEST_BIDS) / (bids + FEWEST_BIDS)
        share = np.maximum(variance, LEAST_SHARE)[effect]
    return share


def _work(entries: pl.DataFrame) -> Floats:
    """Work at hand of each bidder at the deadline; zero where it cannot be known."""
    asked = entries.lazy().with_row_index("row").rename({"tender": "tender_id", "bidder": "bidder_id"})
    work = backlog(asked).sort("row").select(pl.col("backlog").fill_null(0.0).fill_nan(0.0))
    return work.collect().to_series().to_numpy()


def _effect(bidder: npt.NDArray[np.uint32]) -> Counts:
    """Number of the effect of each entry: 0 for all occasional bidders, else the bidder's own."""
    often = np.bincount(bidder) >= FEWEST_BIDS
    return np.asarray((np.cumsum(often) * often)[bidder], dtype=np.int64)


def _freed(of: Residuals, first: Rows, second: Rows) -> tuple[Floats, Floats]:
    """The residuals of either side with variance 1 and without correlation, if the errors are independent."""
    n, mean, v, w = of.bidders[first], of.mean_share[first], of.share[first], of.share[second]
    var_a, var_b = v * (1 - 2 / n) + mean / n, w * (1 - 2 / n) + mean / n
    tied = (mean - v - w) / n / np.sqrt(var_a * var_b)
    scale = np.sqrt(mean * (1 - 1 / n))
    a, b = of.own[first] * scale / np.sqrt(var_a), of.own[second] * scale / np.sqrt(var_b)
    sum_, difference = (a + b) / np.sqrt(1 + tied), (a - b) / np.sqrt(1 - tied)
    return (sum_ + difference) / 2, (sum_ - difference) / 2


def _correlations(cut: Segments, x: Floats, y: Floats) -> dict[str, Floats]:
    known = ~np.isnan(x) & ~np.isnan(y)
    count = cut.sum(known.astype(np.float64))
    x, y = (np.where(known, v - cut.spread(mean_over(cut, v, known)), 0.0) for v in (x, y))
    r = over(cut.sum(x * y), np.sqrt(cut.sum(x * x) * cut.sum(y * y)))
    product = x * y
    t = over(cut.sum(product), np.sqrt(cut.sum(product * product)))
    t *= np.sqrt(
        (count - 2) / np.maximum(count - t * t, 1e-12), where=count > 2, out=np.full(count.size, np.nan)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(np.clip(r, -1.0, 1.0)) * np.sqrt(count - 3)
    found = {"residual_correlation": r, "residual_z": z, "residual_p": 2 * stdtr(count - 2, -np.abs(t))}
    enough = count >= FEWEST_MEETINGS
    return {"n_residuals": count} | {name: np.where(enough, made, np.nan) for name, made in found.items()}


@block(Grain.PAIR, _COLUMNS)
def pair_residuals(pair_residual_counts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    q = false_discovery_rate(pl.col("residual_p")).alias("residual_q")
    return pair_residual_counts.with_columns(q).select(
        *KEYS[Grain.PAIR], pl.col("n_residuals").cast(pl.Int64), *list(_COLUMNS)[1:]
    )
