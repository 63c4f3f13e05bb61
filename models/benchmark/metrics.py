"""What is measured on judged rows: order, capacity, a frozen threshold, probabilities at other base rates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.benchmark.frames import Bools, Floats, Ints
from models.evaluate import Curve, ranking

BASE_RATES = (0.005, 0.01, 0.05)
CAPACITY = (10, 50, 100)
SHARES = (0.01, 0.05)
BINS = 10


@dataclass(frozen=True)
class Judged:
    """Rows of one split after judging.

    `score` orders them, `probability` is on the scale of the training's base rate `learned`, `threshold` was
    frozen on the training rows and applies to the probability. `cluster` says what is resampled together,
    `weight` how many bids a row stands for.
    """

    score: Floats
    probability: Floats
    threshold: float
    learned: float
    label: Bools
    weight: Floats
    cluster: Ints


class Interval(NamedTuple):
    """A value with the 2.5th and 97.5th percentile of its bootstrap, NaN where there is none."""

    value: float
    low: float
    high: float


def evaluate(judged: Sequence[Judged], resamples: int = 200, seed: int = 0) -> dict[str, Interval]:
    """Every metric, averaged over the splits; intervals from drawing clusters with replacement.

    A cluster is drawn as often in every split, since splits of one market share their tenders.
    """
    value = _mean([dict(metrics(j, j.weight)) for j in judged])
    drawn = [x for x in (_mean(_redrawn(judged, times)) for times in _draws(judged, resamples, seed)) if x]
    spread = {m: np.quantile([d[m] for d in drawn if m in d], (0.025, 0.975)) for m in _KEPT if drawn}
    unknown = (float("nan"), float("nan"))
    return {m: Interval(v, *(float(x) for x in spread.get(m, unknown))) for m, v in value.items()}


_KEPT = ("roc_auc", "average_precision", "balanced_accuracy", "f1")
"""Metrics with intervals."""


def metrics(judged: Judged, weight: Floats, *, all_of_them: bool = True) -> Iterator[tuple[str, float]]:
    """Metrics of one split under a weight per row; both classes must weigh something."""
    curve = Curve.of(ranking(judged.score, judged.label), weight)
    average = curve.average_precision()
    yield "roc_auc", curve.roc_auc()
    yield "average_precision", average
    yield "lift", average / curve.prevalence
    yield from at_threshold(judged.probability >= judged.threshold, judged.label, weight)
    if not all_of_them:
        return
    total = curve.all[-1]
    for name, k in (
        *((str(k), float(k)) for k in CAPACITY),
        *((f"{share:.0%}", max(1.0, np.ceil(share * total))) for share in SHARES),
    ):
        if k <= total:
            yield f"precision_at_{name}", curve.found(k) / k
            yield f"recall_at_{name}", curve.found(k) / curve.hits[-1]
    for rate in BASE_RATES:
        yield from calibration(judged, rate)


def at_threshold(flagged: Bools, label: Bools, weight: Floats) -> Iterator[tuple[str, float]]:
    """Balanced accuracy and F1 of flags."""
    hit, miss = weight[flagged & label].sum(), weight[~flagged & label].sum()
    false, clear = weight[flagged & ~label].sum(), weight[~flagged & ~label].sum()
    yield "balanced_accuracy", float((hit / (hit + miss) + clear / (clear + false)) / 2)
    yield "f1", float(2 * hit / (2 * hit + miss + false))


def shifted(probability: Floats, learned: float, rate: float) -> Floats:
    """Probabilities learned at one base rate as they are at another.

    >>> shifted(np.array([0.5, 0.9]), learned=0.5, rate=0.01).round(3).tolist()
    [0.01, 0.083]
    """
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    odds = p / (1 - p) * (rate / (1 - rate)) / (learned / (1 - learned))
    return np.asarray(odds / (1 + odds))


def calibration(judged: Judged, rate: float) -> Iterator[tuple[str, float]]:
    """Brier score, its share of what always saying the base rate scores, and the calibration error.

    Rows are weighted so that positives have the share `rate`. The reliability curve behind the error has
    ten bins of equal weight.
    """
    p = shifted(judged.probability, judged.learned, rate)
    positive, negative = judged.weight * judged.label, judged.weight * ~judged.label
    weight = rate * positive / positive.sum() + (1 - rate) * negative / negative.sum()
    name = f"{rate:.1%}".replace(".0%", "%")
    brier = float(np.sum(weight * (p - judged.label) ** 2))
    yield f"brier_at_{name}", brier
    yield f"brier_to_prevalence_at_{name}", brier / (rate * (1 - rate))
    yield (
        f"calibration_error_at_{name}",
        float(sum(w * abs(said - seen) for said, seen, w in reliability(p, judged.label, weight))),
    )


def reliability(p: Floats, label: Bools, weight: Floats) -> list[tuple[float, float, float]]:
    """Mean probability, share of positives and weight of each bin."""
    order = np.argsort(p, kind="stable")
    place = np.minimum((np.cumsum(weight[order]) / weight.sum() * BINS).astype(np.int64), BINS - 1)
    total = np.bincount(place, weight[order], BINS)
    said = np.bincount(place, (weight * p)[order], BINS)
    seen = np.bincount(place, (weight * label)[order], BINS)
    return [
        (float(a / w), float(b / w), float(w)) for a, b, w in zip(said, seen, total, strict=True) if w > 0
    ]


def _draws(judged: Sequence[Judged], resamples: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    clusters = np.unique(np.concatenate([j.cluster for j in judged]))
    if clusters.size < 2:
        return
    for _ in range(resamples):
        times = np.zeros(int(clusters.max()) + 1)
        np.add.at(times, rng.choice(clusters, clusters.size), 1.0)
        yield times


def _redrawn(judged: Sequence[Judged], times: Floats) -> list[dict[str, float]]:
    drawn = []
    for j in judged:
        weight = j.weight * times[j.cluster]
        if weight[j.label].sum() > 0 and weight[~j.label].sum() > 0:
            drawn.append(dict(metrics(j, weight, all_of_them=False)))
    return drawn


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(n for row in rows for n in row)
    return {n: float(np.mean([row[n] for row in rows if n in row])) for n in names}
