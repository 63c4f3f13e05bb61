"""How well a score ranks planted or proven rings, with intervals that respect rings as units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SHARES = (0.01, 0.05)
OVERALL = "all schemes"

REPORT = pl.Schema(
    {
        "scheme": pl.String(),
        "rings": pl.Int64(),
        "ring_tenders": pl.Int64(),
        "honest_tenders": pl.Int64(),
        "unscored": pl.Int64(),
        "prevalence": pl.Float64(),
        "metric": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)


class Ranking(NamedTuple):
    """Scores with truth, ordered and counted once per distinct score.

    `group` is each row's place among the distinct scores, highest first.
    """

    group: Ints
    positive: Bools
    n_groups: int


def ranking(score: Floats, positive: Bools) -> Ranking:
    """Order scores; unscored rows (NaN) come last, after every scored one."""
    filled = np.where(np.isnan(score), -np.inf, score)
    distinct, group = np.unique(-filled, return_inverse=True)
    return Ranking(group.astype(np.int64), positive, distinct.size)


@dataclass(frozen=True)
class Curve:
    """Weight of all and of positive rows down the ranking, one step per distinct score."""

    all: Floats
    hits: Floats

    @classmethod
    def of(cls, ranked: Ranking, weight: Floats) -> "Curve":
        """Accumulate rows under a weight each."""
        total = np.bincount(ranked.group, weight, ranked.n_groups)
        hits = np.bincount(ranked.group, weight * ranked.positive, ranked.n_groups)
        return cls(np.concatenate([[0.0], total.cumsum()]), np.concatenate([[0.0], hits.cumsum()]))

    @property
    def prevalence(self) -> float:
        """Share of positives."""
        return float(self.hits[-1] / self.all[-1])

    def roc_auc(self) -> float:
        """Chance that a positive ranks above a negative, ties counted half."""
        misses = self.all - self.hits
        area = np.sum(np.diff(misses) * (self.hits[1:] + self.hits[:-1]) / 2)
        return float(area / (self.hits[-1] * misses[-1]))

    def average_precision(self) -> float:
        """Mean precision at each positive; tied rows share the precision after the tie."""
        step = np.diff(self.hits)
        precision = np.divide(self.hits[1:], self.all[1:], out=np.zeros_like(step), where=self.all[1:] > 0)
        return float(np.sum(step * precision) / self.hits[-1])

    def found(self, k: float) -> float:
        """Positives among the first k rows; within a tie, what random order gives on average."""
        return float(np.interp(k, self.all, self.hits))

    def metrics(self, k: int) -> Iterator[tuple[str, float]]:
        """Every metric by name; `k` is a capacity in tenders."""
        average = self.average_precision()
        yield "roc_auc", self.roc_auc()
        yield "average_precision", average
        yield "lift", average / self.prevalence
        at = [(f"{share:.0%}", max(1.0, np.ceil(share * self.all[-1]))) for share in SHARES]
        for name, n in (*at, (str(k), min(k, self.all[-1]))):
            yield f"precision_at_{name}", self.found(n) / n
            yield f"recall_at_{name}", self.found(n) / self.hits[-1]


def ranking_report(
    scores: pl.DataFrame, truth: pl.DataFrame, *, k: int = 50, resamples: int = 200, seed: int = 0
) -> pl.DataFrame:
    """Ranking metrics per scheme and overall: each scheme's tenders against all honest ones.

    Args:
        scores: `tender_id, value`; higher is more worth a look. A tender without a value ranks last
            and is counted as unscored.
        truth: `tender_id, scheme`, null for honest tenders; `ring_id` if known. Only its tenders count.
        k: review capacity in tenders for precision and recall at k.
        resamples: bootstrap resamples of rings (tenders where no ring is known) and honest tenders.
        seed: of the bootstrap.

    Returns:
        `REPORT`: one row per scheme and metric; `low` and `high` are the 2.5th and 97.5th percentile
        of the bootstrap, null where fewer than two rings make an interval meaningless.

    >>> truth = pl.DataFrame({"tender_id": ["a", "b", "c", "d"], "scheme": ["cover", None, None, None]})
    >>> scores = pl.DataFrame({"tender_id": ["a", "b", "c", "d"], "value": [0.8, 0.9, 0.1, None]})
    >>> report = ranking_report(scores, truth, resamples=0)
    >>> report.filter(scheme="cover", metric="roc_auc")["value"].item().__round__(3)
    0.667

    """
    rows = _joined(scores, truth)
    honest = rows.filter(pl.col("scheme").is_null())
    schemes = sorted(rows["scheme"].drop_nulls().unique())
    chosen = [(OVERALL, rows), *((s, pl.concat([rows.filter(scheme=s), honest])) for s in schemes)]
    parts = [_report(name, part, k, resamples, seed) for name, part in chosen if schemes and honest.height]
    return pl.concat(parts) if parts else pl.DataFrame(schema=REPORT)


def _joined(scores: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    ring = pl.col("ring_id") if "ring_id" in truth.columns else pl.lit(None)
    known = truth.select("tender_id", pl.col("scheme").cast(pl.String), ring.cast(pl.String).alias("ring_id"))
    value = scores.select("tender_id", pl.col("value").cast(pl.Float64))
    return known.join(value, on="tender_id", how="left", validate="1:1").sort("tender_id")


def _report(name: str, rows: pl.DataFrame, k: int, resamples: int, seed: int) -> pl.DataFrame:
    positive = rows["scheme"].is_not_null().to_numpy()
    ranked = ranking(rows["value"].fill_null(float("nan")).to_numpy(), positive)
    cluster = _clusters(rows)
    values = dict(Curve.of(ranked, np.ones(rows.height)).metrics(k))
    rings = rows.filter(pl.col("scheme").is_not_null()).select(_unit().n_unique()).item()
    low, high = _interval(ranked, cluster, k, resamples if rings > 1 else 0, seed)
    return pl.DataFrame(
        {
            "scheme": name,
            "rings": rings,
            "ring_tenders": int(positive.sum()),
            "honest_tenders": int((~positive).sum()),
            "unscored": rows["value"].null_count(),
            "prevalence": float(positive.mean()),
            "metric": list(values),
            "value": list(values.values()),
            "low": [low.get(metric) for metric in values],
            "high": [high.get(metric) for metric in values],
        },
        schema=REPORT,
    )


def _unit() -> pl.Expr:
    return pl.coalesce("ring_id", pl.format("tender {}", "tender_id"))


def _clusters(rows: pl.DataFrame) -> Ints:
    """The unit that each row is resampled with: its ring, or itself when honest."""
    alone = pl.when(pl.col("scheme").is_null()).then(pl.format("tender {}", "tender_id")).otherwise(_unit())
    return rows.select(alone.rank("dense") - 1).to_series().cast(pl.Int64).to_numpy()


def _interval(
    ranked: Ranking, cluster: Ints, k: int, resamples: int, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    if not resamples:
        return {}, {}
    rng = np.random.default_rng(seed)
    planted = np.unique(cluster[ranked.positive])
    honest = np.setdiff1d(np.unique(cluster), planted)
    drawn = [dict(_resampled(ranked, cluster, planted, honest, rng).metrics(k)) for _ in range(resamples)]
    spread = {m: np.quantile([d[m] for d in drawn], (0.025, 0.975)) for m in drawn[0]}
    return {m: float(s[0]) for m, s in spread.items()}, {m: float(s[1]) for m, s in spread.items()}


def _resampled(
    ranked: Ranking, cluster: Ints, planted: Ints, honest: Ints, rng: np.random.Generator
) -> Curve:
    """Draw rings and honest tenders with replacement, each from its own kind."""
    times = np.zeros(int(cluster.max()) + 1)
    for kind in (planted, honest):
        times[kind] = np.bincount(rng.integers(0, kind.size, kind.size), minlength=kind.size)
    return Curve.of(ranked, times[cluster])
