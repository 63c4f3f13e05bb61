"""Negative controls: where there is nothing to find, nothing may be found, or the benchmark itself is wrong.

Orders are compared within strata of the number of bids (and, for permuted labels, the year), so that what
differs between strata cannot pass for a finding.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from joblib import Parallel, delayed

from models.benchmark.frames import Bools, Floats, Ints, Labelled, Unit
from models.benchmark.method import Method
from models.benchmark.splits import Protocol, splits

DRAWS = 6
"""Random labellings of each kind."""
TOLERANCE = 0.05
"""How far the mean ROC-AUC may lie from .5 before chance is asked."""
SIGMAS = 3.0
"""Standard errors beyond which a distance is no chance."""
SIZES = (1, 2, 3, 6, 12, 25, 50)
"""Upper ends of the steps of the number of bids."""
FEWEST = 30
"""Tenders of a period without which nothing can be said about it."""

CONTROLS = pl.Schema(
    {
        "control": pl.String(),
        "market": pl.String(),
        "method": pl.String(),
        "draws": pl.Int64(),
        "roc_auc": pl.Float64(),
        "standard_error": pl.Float64(),
        "at_chance": pl.Boolean(),
    }
)


def controls(
    markets: Sequence[Labelled], methods: Sequence[Method], *, seed: int = 0, jobs: int = 2
) -> pl.DataFrame:
    """Every control of every method on every market that supports it, in the columns of `CONTROLS`."""
    kinds = (permuted, pseudo_rings, after_the_cartel)
    todo = [(kind, market, method) for market in markets for method in methods for kind in kinds]
    rows = Parallel(n_jobs=jobs)(delayed(kind)(market, method, seed) for kind, market, method in todo)
    return pl.DataFrame([r for r in rows if r], schema=CONTROLS, orient="row")


def permuted(market: Labelled, method: Method, seed: int) -> tuple[object, ...] | None:
    """Labels of tenders shuffled within year and number of bids, tender-grouped."""
    strata = _strata(market.tenders, dated=True)
    found = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(seed + draw)
        shuffled = replace(market, tender_label=_shuffled(market.tender_label, strata, rng))
        found += _aucs(shuffled, Protocol.GROUPED, Unit.COUNTED, method, strata, seed + draw)
    return _verdict("permuted labels", market, method, found)


def pseudo_rings(market: Labelled, method: Method, seed: int) -> tuple[object, ...] | None:
    """A random fifth of the firms is called a ring, firm-and-tender-disjoint bids."""
    if not market.firms:
        return None
    strata = _strata(market.bids, dated=False)
    found = []
    for draw in range(2 * DRAWS):
        ring = _ring(market.bids, np.random.default_rng(seed + draw))
        found += _aucs(
            replace(market, bid_label=ring), Protocol.DISJOINT, Unit.BID, method, strata, seed + draw
        )
    return _verdict("random pseudo-rings", market, method, found)


def after_the_cartel(market: Labelled, method: Method, seed: int) -> tuple[object, ...] | None:
    """Tenders after the last collusive one: do former members' stand out to a model of the years before?

    What former members do afterwards may differ for honest reasons; a failure asks for a look.
    """
    last = market.tenders.filter(pl.Series(market.tender_label))["deadline_at"].max()
    if last is None:
        return None
    after = (market.tenders["deadline_at"] > last).fill_null(False).to_numpy()
    members = _members(market)
    if after.sum() < FEWEST or min((members & after).sum(), (~members & after).sum()) < FEWEST:
        return None
    from models.benchmark.run import Job, judge
    from models.benchmark.splits import Split

    split = Split(market.name, {market.name: np.flatnonzero(~after)}, np.flatnonzero(after))
    judged = judge(Job(Protocol.TEMPORAL, Unit.TENDER, market, method), split, [market], seed)
    if judged is None:
        return None
    strata = _strata(market.tenders, dated=False)[after]
    value = stratified_auc(judged.score, members[after], strata)
    few = min(int((members & after).sum()), int((~members & after).sum()))
    error = float(np.sqrt((after.sum() + 1) / (12 * few * (after.sum() - few))))
    return _row("post-cartel period", market, method, 1, value, error)


def stratified_auc(score: Floats, label: Bools, strata: Ints) -> float:
    """ROC-AUC over pairs within a stratum; NaN where no stratum has both classes.

    >>> stratified_auc(np.array([1.0, 2, 30, 20]), np.array([0, 1, 0, 1], bool), np.array([0, 0, 1, 1]))
    0.5
    """
    from models.evaluate import Curve, ranking

    total, pairs = 0.0, 0
    for stratum in np.unique(strata):
        here = strata == stratum
        n = int(label[here].sum()) * int((~label[here]).sum())
        if n:
            total += n * Curve.of(ranking(score[here], label[here]), np.ones(int(here.sum()))).roc_auc()
            pairs += n
    return total / pairs if pairs else float("nan")


def _aucs(
    market: Labelled, protocol: Protocol, unit: Unit, method: Method, strata: Ints, seed: int
) -> list[float]:
    """One value per labelling: the mean over the first two splits, whose labels are the same."""
    from models.benchmark.run import Job, judge

    found = []
    for split in splits(protocol, market, [market], unit, seed)[:2]:
        judged = judge(Job(protocol, unit, market, replace(method, threshold=0.5)), split, [market], seed)
        if judged is not None:
            found.append(stratified_auc(judged.score, judged.label, strata[split.test]))
    known = [x for x in found if np.isfinite(x)]
    return [float(np.mean(known))] if known else []


def _verdict(control: str, market: Labelled, method: Method, found: list[float]) -> tuple[object, ...] | None:
    if len(found) < 3:
        return None
    return _row(
        control,
        market,
        method,
        len(found),
        float(np.mean(found)),
        float(np.std(found, ddof=1) / len(found) ** 0.5),
    )


def _row(
    control: str, market: Labelled, method: Method, draws: int, value: float, error: float
) -> tuple[object, ...]:
    off = abs(value - 0.5)
    return (
        control,
        market.name,
        method.name,
        draws,
        value,
        error,
        bool(off <= TOLERANCE or off <= SIGMAS * error),
    )


def _strata(rows: pl.DataFrame, *, dated: bool) -> Ints:
    """Number of bids in steps, and where asked the year."""
    size = np.searchsorted(SIZES, rows["n_valid"].fill_null(0).to_numpy())
    year = rows["deadline_at"].dt.year().fill_null(0).to_numpy() if dated else np.zeros(rows.height)
    return np.unique(np.column_stack([size, year]), axis=0, return_inverse=True)[1].astype(np.int64)


def _shuffled(label: Bools, strata: Ints, rng: np.random.Generator) -> Bools:
    out = label.copy()
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        out[rows] = label[rng.permutation(rows)]
    return out


def _ring(bids: pl.DataFrame, rng: np.random.Generator) -> Bools:
    code = (bids["bidder_id"].rank("dense") - 1).to_numpy().astype(np.int64)
    firms = int(code.max()) + 1
    return np.isin(code, rng.permutation(firms)[: max(2, firms // 5)])


def _members(market: Labelled) -> Bools:
    """Tenders that a firm enters which was labelled collusive in any."""
    firms = market.bids.filter(pl.Series(market.bid_label))["bidder_id"].unique()
    entered = market.bids.filter(pl.col("bidder_id").is_in(firms.implode()))["tender_id"].unique()
    return market.tenders["tender_id"].is_in(entered.implode()).to_numpy()
