"""From markets and methods to one long table of results."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression

import models.benchmark
from features import normalise
from models import strata
from models.benchmark import columns as c
from models.benchmark.frames import Bools, Floats, Ints, Labelled, Unit
from models.benchmark.method import METHODS, Method, Sees, Task
from models.benchmark.metrics import Interval, Judged, evaluate
from models.benchmark.splits import ENOUGH, UNITS, Protocol, Split, splits
from models.learner import all_learners
from records.discovery import discover

POOLED = (Protocol.TRANSFER, Protocol.FEW)
"""Protocols in which several markets are learned from, each on its own scale."""

MOST = 2_000
"""Rows that are drawn of a market where several are pooled."""

FEW = 1_000
"""Training rows up to which a third of them is held out at a time, else a half."""

RESULTS = pl.Schema(
    {
        "protocol": pl.String(),
        "unit": pl.String(),
        "market": pl.String(),
        "method": pl.String(),
        "sees": pl.String(),
        "candidate": pl.Boolean(),
        "splits": pl.Int64(),
        "rows": pl.Int64(),
        "prevalence": pl.Float64(),
        "metric": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)


class Job(NamedTuple):
    """One line of the table to be computed: a method on a market under a protocol."""

    protocol: Protocol
    unit: Unit
    target: Labelled
    method: Method


def methods(*, slow: bool = True) -> list[Method]:
    """Every baseline, then every candidate, in the order of the table."""
    discover(models.benchmark)
    made = [m for m in METHODS.values() if slow or not m.slow]
    return [*made, *(_candidate(name) for name in all_learners())]


def _candidate(name: str) -> Method:
    def score(task: Task) -> Floats:
        model = all_learners()[name](task.seed)
        return model.fit(task.train, task.label, task.weight).score(task.test)

    return Method(name, score, Sees.UNLABELLED, candidate=True)


def run(
    markets: Sequence[Labelled],
    protocols: Iterable[Protocol] = tuple(Protocol),
    chosen: Sequence[Method] | None = None,
    targets: Sequence[str] = (),
    *,
    resamples: int = 200,
    seed: int = 0,
    jobs: int = 2,
) -> pl.DataFrame:
    """Results of every method on every market under the protocols, in the columns of `RESULTS`.

    A protocol that a market cannot support (no dates, no named firms, too few labels) gives no rows.
    `targets` names the markets to judge; all of them are learned from where others are.
    """
    asked = [m for m in markets if not targets or m.name in targets]
    todo = [
        Job(protocol, unit, target, method)
        for protocol in protocols
        for unit in UNITS[protocol]
        for target in asked
        for method in (methods() if chosen is None else chosen)
        if protocol in method.protocols
    ]
    parts = Parallel(n_jobs=jobs)(delayed(_job)(job, markets, resamples, seed) for job in todo)
    found = [row for part in parts for row in part]
    return pl.DataFrame(found, schema=RESULTS, orient="row")


def _job(job: Job, markets: Sequence[Labelled], resamples: int, seed: int) -> list[tuple[object, ...]]:
    made = splits(job.protocol, job.target, markets, job.unit, seed)
    judged = [j for i, s in enumerate(made) if (j := judge(job, s, markets, seed + i)) is not None]
    if not judged:
        return []
    label = job.target.label(job.unit)
    rows = sum(j.label.size for j in judged)
    head = (job.protocol.value, job.unit.value, job.target.name, job.method.name, job.method.sees.value)
    about = (*head, job.method.candidate, len(judged), rows, float(label.mean()))
    found: dict[str, Interval] = evaluate(judged, resamples, seed)
    return [(*about, metric, *interval) for metric, interval in found.items()]


def judge(job: Job, split: Split, markets: Sequence[Labelled], seed: int) -> Judged | None:
    """One split: fit on training rows, score the test rows, calibrate and freeze a threshold on training."""
    task, cluster = _task(job, split, markets, seed)
    score = job.method.score(task)
    if score is None:
        return None
    score = np.where(np.isnan(score), np.nanmedian(score) if np.isfinite(score).any() else 0.0, score)
    label = job.target.label(job.unit)[split.test]
    weight = _counted(job.target, job.unit)[split.test]
    learned = float(np.average(task.label, weights=task.weight))
    if job.method.threshold is not None:
        low, high = float(score.min()), float(score.max())
        probability = score if low >= 0 and high <= 1 else 1 / (1 + np.exp(-score))
        return Judged(score, probability, job.method.threshold, learned, label, weight, cluster)
    held = out_of_fold(job.method, task)
    probability, threshold = _calibrated(held, task, score)
    return Judged(score, probability, threshold, learned, label, weight, cluster)


def _task(job: Job, split: Split, markets: Sequence[Labelled], seed: int) -> tuple[Task, Ints]:
    called = {m.name: m for m in markets}
    parts, labels, weights = [], [], []
    for name, every in split.train.items():
        rows = _capped(every, seed) if len(split.train) > 1 else every
        market = called[name]
        counted = _counted(market, job.unit)[rows]
        parts.append(_scaled(market, job)[rows])
        labels.append(market.label(job.unit)[rows])
        weights.append(counted / counted.sum() * 1_000 if len(split.train) > 1 else counted)
    test = _scaled(job.target, job)[split.test]
    cluster = test["cluster"].to_numpy()
    train = pl.concat(parts, how="diagonal")
    company = (
        train["bidder_id" if job.unit == Unit.BID else "cluster"].rank("dense").cast(pl.Int64).to_numpy()
    )
    if job.method.candidate:
        train, test = (allowed(x, job.protocol) for x in (train, test))
    label, weight = np.concatenate(labels), np.concatenate(weights)
    task = Task(job.protocol, job.unit, train, label, weight, test, called, seed, company)
    return task, cluster


def _capped(rows: Ints, seed: int) -> Ints:
    """At most `MOST` rows of a market that is pooled with others: each weighs the same whatever its size."""
    return (
        rows if rows.size <= MOST else np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    )


def _scaled(market: Labelled, job: Job) -> pl.DataFrame:
    """Rows with their market's name, and where markets are pooled z-scores on the market's own scale.

    Screens of a tender's own bids are compared within strata of mechanism and number of bids.
    """
    frame = market.frame(job.unit).with_columns(pl.lit(market.name).alias("market"))
    if job.protocol not in POOLED or not job.method.candidate:
        return frame
    own = normalise.fit(frame, c.OWN, strata=strata.levels())
    near = normalise.fit(frame, c.NEAR)
    scored = [
        scales.transform(frame).select(pl.col(n).clip(-5, 5).alias(f"{n}{c.Z}") for n in scales.columns)
        for scales in (own, near)
    ]
    return pl.concat([frame, *scored], how="horizontal")


def allowed(rows: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """What a candidate may read: ids, firms and dates never, size and place in one's own case only."""
    barred = {"bidders", "bidder_id", "cluster", "deadline_at", "closed_at", "label_known", "price"}
    if protocol != Protocol.GROUPED:
        barred |= set(c.CONTEXT)
    barred |= set(c.NEAR) | set(c.HABITS) if protocol == Protocol.TEMPORAL else set(c.NEAR_BEFORE)
    return rows.drop(barred, strict=False)


def _counted(market: Labelled, unit: Unit) -> Floats:
    """How many bids each row stands for."""
    frame = market.frame(unit)
    if unit != Unit.COUNTED:
        return np.ones(frame.height)
    return frame["bidders"].list.len().to_numpy().astype(np.float64)


def out_of_fold(method: Method, task: Task) -> Floats:
    """Scores of training rows by models that did not see them, held out as the protocol holds out the test.

    Other markets where several are learned from, else other tenders, of unseen company where the protocol
    asks for it; rows of mixed blocks then have none.
    """
    held = np.full(task.label.size, np.nan)
    for learned, out in _holds(task):
        if min(int(task.label[learned].sum()), int((~task.label[learned]).sum())) < ENOUGH:
            continue
        inner = task._replace(
            train=task.train.filter(learned),
            label=task.label[learned],
            weight=task.weight[learned],
            company=task.company[learned],
            test=task.train.filter(out),
        )
        found = method.score(inner)
        held[out] = np.nan if found is None else found
    return held


def _holds(task: Task) -> Iterator[tuple[Bools, Bools]]:
    """Rows to learn from and rows held out."""
    market = task.train["market"].rank("dense").cast(pl.Int64).to_numpy()
    if np.unique(market).size > 1:
        yield from ((market != k, market == k) for k in np.unique(market))
        return
    rng = np.random.default_rng(task.seed)
    blocks = task.protocol == Protocol.DISJOINT and task.unit == Unit.BID
    parts = 2 if blocks or task.label.size > FEW else 3
    tender = _parts(task.train["tender_id"].rank("dense").cast(pl.Int64).to_numpy(), parts, rng)
    company = _parts(task.company, parts, rng)
    for k in range(parts):
        if task.protocol != Protocol.DISJOINT:
            yield tender != k, tender == k
        elif task.unit == Unit.TENDER:
            yield company != k, company == k
        else:
            yield (tender != k) & (company != k), (tender == k) & (company == k)


def _parts(code: Ints, parts: int, rng: np.random.Generator) -> Ints:
    """A random part for every code."""
    return np.asarray(rng.permutation(int(code.max()) + 1)[code] % parts)


def _calibrated(held: Floats, task: Task, score: Floats) -> tuple[Floats, float]:
    """Probabilities by a logistic curve on out-of-fold scores, and the threshold with the best balance.

    Of calibrated probabilities that threshold is the share of positives learned from: there sensitivity and
    specificity together stop growing. The best cut among a few dozen held rows would be a matter of chance. A
    curve that falls says that the order did not hold between folds; it is laid flat.
    """
    known = np.isfinite(held)
    label, weight = task.label[known], task.weight[known]
    rate = float(np.average(task.label, weights=task.weight))
    if min(int(label.sum()), int((~label).sum())) < ENOUGH or np.ptp(held[known]) == 0:
        return np.full(score.size, rate), rate
    centre, spread = held[known].mean(), held[known].std()
    curve = LogisticRegression(C=1.0).fit(
        ((held[known] - centre) / spread)[:, None], label, sample_weight=weight
    )
    slope, start = max(0.0, float(curve.coef_[0, 0])), float(curve.intercept_[0])

    def probability(x: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(slope * (x - centre) / spread + start))))

    return probability(score), float(np.average(label, weights=weight))
