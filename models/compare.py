"""Figures of a model on the frozen test, and two models side by side with an interval of the difference."""

import importlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from models.boosting import reliability
from models.evaluate import Curve, ranking
from models.labels import LABEL, UNIT, WEIGHT
from models.protocol import Protocol
from models.strata import Array

MAIN = "average_precision"
"""The figure that decides whether a challenger is worse."""
CAPACITY = 50
RESAMPLES = 200

SCORED = pl.Schema({"value": pl.Float64(), "probability": pl.Float64()})
"""What a model says of the rows of a test, beside their keys; unscored ones are null and rank last."""

TABLE = pl.Schema(
    {
        "metric": pl.String(),
        "champion": pl.Float64(),
        "challenger": pl.Float64(),
        "difference": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)


def said(scores: pl.DataFrame) -> pl.DataFrame:
    """A model's scores as `SCORED` beside the keys."""
    keys = [name for name in scores.columns if name in {"tender_id", "bidder_id", "bid_id"}]
    chance = pl.col("probability") if "probability" in scores.columns else pl.lit(None, pl.Float64)
    best = pl.coalesce(chance, "score") if "probability" in scores.columns else pl.col("score")
    return scores.select(*keys, best.alias("value"), chance.alias("probability")).cast(dict(SCORED))  # type: ignore[arg-type]


def figures(scored: pl.DataFrame, protocol: Protocol) -> dict[str, float]:
    """Every metric of one model on the frozen test, weighed as its labels are."""
    rows = _rows(protocol, scored)
    return dict(_metrics(*_arrays(rows, "value", "probability"), rows[WEIGHT].to_numpy()))


def versus(champion: pl.DataFrame | None, challenger: pl.DataFrame, protocol: Protocol) -> pl.DataFrame:
    """The table of a challenger and the champion on the same rows.

    `low` and `high` are the 2.5th and 97.5th percentile of the difference when whole companies of firms are
    drawn anew; without a champion there is no difference.
    """
    own = figures(challenger, protocol)
    if champion is None:
        return pl.DataFrame({"metric": list(own), "challenger": list(own.values())}).select(
            pl.col(c) if c in {"metric", "challenger"} else pl.lit(None, dtype).alias(c)
            for c, dtype in TABLE.items()
        )
    other = figures(champion, protocol)
    rows = _rows(protocol, champion).join(
        challenger.rename({"value": "new", "probability": "new_probability"}), on=protocol.keys, how="left"
    )
    spread = _spread(rows)
    return pl.DataFrame(
        [
            (
                m,
                other.get(m),
                own[m],
                None if m not in other else own[m] - other[m],
                *spread.get(m, (None, None)),
            )
            for m in own
        ],
        schema=TABLE,
        orient="row",
    )


def worse(table: pl.DataFrame) -> bool:
    """Whether the challenger falls behind in the main figure, by any margin."""
    difference = table.filter(metric=MAIN)["difference"].item()
    return difference is not None and difference < 0


def curve(scored: pl.DataFrame, protocol: Protocol) -> list[dict[str, float]] | None:
    """Reliability on the frozen test: stated and observed shares; None for models without probabilities."""
    rows = _rows(protocol, scored).filter(pl.col("probability").is_not_null())
    if rows.is_empty():
        return None
    made = reliability(rows["probability"].to_numpy(), rows[LABEL].to_numpy(), rows[WEIGHT].to_numpy())
    return [dict(zip(("stated", "observed", "tenders"), map(float, row), strict=True)) for row in made]


def plot(scored: pl.DataFrame, protocol: Protocol, title: str) -> bytes:
    """Precision over recall and, where the model states probabilities, the reliability curve; a PNG."""
    rows, points = _rows(protocol, scored), curve(scored, protocol)
    figure: Any = importlib.import_module("matplotlib.figure").Figure(figsize=(9, 4), layout="constrained")
    ranks, reliable = figure.subplots(1, 2)
    value, positive, _ = _arrays(rows, "value", "probability")
    found = Curve.of(ranking(value, positive), rows[WEIGHT].to_numpy())
    ranks.plot(found.hits[1:] / found.hits[-1], found.hits[1:] / found.all[1:])
    ranks.axhline(found.prevalence, linestyle=":", color="grey")
    ranks.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    reliable.plot([0, 1], [0, 1], linestyle=":", color="grey")
    if points:
        reliable.plot([p["stated"] for p in points], [p["observed"] for p in points], marker="o")
    reliable.set(xlabel="stated probability", ylabel="share found collusive", xlim=(0, 1), ylim=(0, 1.02))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()


def _rows(protocol: Protocol, scored: pl.DataFrame) -> pl.DataFrame:
    return protocol.tests.join(scored, on=protocol.keys, how="left", maintain_order="left")


def _arrays(rows: pl.DataFrame, value: str, probability: str) -> tuple[Array, Any, Array]:
    unknown = float("nan")
    return (
        rows[value].fill_null(unknown).to_numpy(),
        rows[LABEL].to_numpy(),
        rows[probability].fill_null(unknown).to_numpy(),
    )


def _metrics(value: Array, positive: Any, probability: Array, weight: Array) -> Iterator[tuple[str, float]]:
    yield from Curve.of(ranking(value, positive), weight).metrics(CAPACITY)
    known = ~np.isnan(probability)
    if known.any() and weight[known].sum() > 0:
        yield "brier", float(np.average((probability[known] - positive[known]) ** 2, weights=weight[known]))


def _spread(rows: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Interval of each difference, companies of firms drawn with replacement."""
    rng = np.random.default_rng(0)
    _, company = np.unique(rows[UNIT].fill_null(-1).to_numpy(), return_inverse=True)
    n, weight = int(company.max()) + 1, rows[WEIGHT].to_numpy()
    old, new = _arrays(rows, "value", "probability"), _arrays(rows, "new", "new_probability")
    found: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        drawn = weight * np.bincount(rng.integers(0, n, n), minlength=n)[company].astype(np.float64)
        if drawn[old[1]].sum() == 0 or drawn[~old[1]].sum() == 0:
            continue
        before = dict(_metrics(*old, drawn))
        for metric, figure in _metrics(*new, drawn):
            if metric in before:
                found.setdefault(metric, []).append(figure - before[metric])
    return {m: (float(np.quantile(d, 0.025)), float(np.quantile(d, 0.975))) for m, d in found.items()}
