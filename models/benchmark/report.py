"""The results as a table for people, as JSON, and as a chart."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from models.benchmark.frames import Labelled, Unit
from models.benchmark.splits import UNITS, Protocol, splits

SHOWN = {
    "ROC-AUC": "roc_auc",
    "AP": "average_precision",
    "lift": "lift",
    "bal. acc.": "balanced_accuracy",
    "F1": "f1",
    "P@50": "precision_at_50",
    "P@5 %": "precision_at_5%",
    "Brier/prev. 1 %": "brier_to_prevalence_at_1%",
}
"""Headings of the terminal table and their metrics; JSON has all of them."""

NOTES = (
    "Labels of studies say what was proven; the unlabelled rest is not clean.",
    "Screens of neighbours, firms' habits and scales within a market read the judged market, not its labels.",
    "A label without a moment of becoming known counts, under temporal, from the outcome of its tender.",
    "Thresholds are frozen on out-of-fold scores of the training rows; García estimators keep .5.",
)


def with_summary(results: pl.DataFrame) -> pl.DataFrame:
    """The results, and for methods judged on two markets or more their macro mean and worst market."""
    keys = ("protocol", "unit", "method", "sees", "candidate", "metric")
    lower = pl.col("metric").str.contains("brier|error")
    worst = pl.when(lower).then(pl.col("value").max()).otherwise(pl.col("value").min())
    grouped = results.group_by(keys, maintain_order=True)
    several = grouped.agg(
        pl.col("value").mean().alias("macro"), worst.first().alias("worst"),
        pl.col("market").n_unique().alias("n"),
        pl.col("splits").sum(), pl.col("rows").sum(), pl.col("prevalence").mean(),
    ).filter(pl.col("n") > 1)  # fmt: skip
    parts = [
        several.with_columns(pl.lit(name).alias("market"), pl.col(name).alias("value"))
        for name in ("macro", "worst")
    ]
    return pl.concat(
        [results, *(p.select(set(p.columns) & set(results.columns)) for p in parts)], how="diagonal"
    )


def table(results: pl.DataFrame, protocol: str, unit: str, market: str) -> list[tuple[str, ...]]:
    """Rows of text: method, what it sees, and the metrics of `SHOWN`; the interval stands beside ROC-AUC."""
    chosen = results.filter(protocol=protocol, unit=unit, market=market)
    return [
        (str(name[0]), part.item(0, "sees"), *(_cell(part.filter(metric=m)) for m in SHOWN.values()))
        for name, part in chosen.group_by("method", maintain_order=True)
    ]


def _cell(one: pl.DataFrame) -> str:
    """A figure, with its interval where there is one.

    >>> _cell(pl.DataFrame({"metric": ["roc_auc"], "value": [0.912], "low": [0.8], "high": [0.95]}))
    '.91 (.80-.95)'
    """
    if one.is_empty():
        return "-"
    value, low, high = (one.item(0, n) for n in ("value", "low", "high"))
    if one.item(0, "metric") != "roc_auc" or low is None or low != low:
        return _short(value)
    return f"{_short(value)} ({_short(low)}-{_short(high)})"


def _short(x: float) -> str:
    text = f"{x:.2f}"
    return text[1:] if text.startswith("0.") else text


def document(
    results: pl.DataFrame, controls: pl.DataFrame, markets: Sequence[Labelled], seed: int
) -> dict[str, Any]:
    """Everything as plain values: markets, splits by fingerprint, results, controls, notes."""
    return {
        "seed": seed,
        "notes": list(NOTES),
        "markets": [_market(m) for m in markets],
        "splits": fingerprints(markets, seed),
        "results": results.fill_nan(None).to_dicts(),
        "controls": controls.fill_nan(None).to_dicts(),
    }


def _market(m: Labelled) -> dict[str, Any]:
    return {
        "name": m.name,
        "tenders": m.tenders.height,
        "labelled_bids": m.bids.height,
        "tender_label_share": float(m.tender_label.mean()),
        "bid_label_share": float(m.bid_label.mean()) if m.bid_label.size else None,
        "named_firms": m.firms,
        "dated": m.dated,
        "clusters": int(m.tenders["cluster"].n_unique()),
    }


def fingerprints(markets: Sequence[Labelled], seed: int) -> Mapping[str, str]:
    """SHA-256 of the row indices of every protocol, unit and market: equal splits, equal fingerprints."""
    found = {}
    for protocol in Protocol:
        for unit in UNITS[protocol]:
            for market in markets:
                digest = hashlib.sha256()
                for s in splits(protocol, market, markets, unit, seed):
                    for name in sorted(s.train):
                        digest.update(name.encode() + s.train[name].astype("<i8").tobytes())
                    digest.update(s.test.astype("<i8").tobytes())
                found[f"{protocol} / {unit} / {market.name}"] = digest.hexdigest()
    return found


def plot(results: pl.DataFrame, path: Path) -> None:
    """An HTML page: ROC-AUC with intervals by method, one panel per protocol and market."""
    import altair as alt

    shown = results.filter(metric="roc_auc").with_columns(
        pl.format("{} · {}", "protocol", "unit").alias("panel")
    )
    base = alt.Chart(alt.InlineData(values=shown.fill_nan(None).to_dicts())).encode(
        y=alt.Y("method:N", title=None, sort=None),
        color=alt.Color("candidate:N", title="candidate"),
    )
    points = base.mark_point(filled=True).encode(
        x=alt.X("value:Q", title="ROC-AUC", scale=alt.Scale(domain=[0, 1])),
        tooltip=["market:N", "method:N", "sees:N", "value:Q", "low:Q", "high:Q"],
    )
    bars = base.mark_rule().encode(x="low:Q", x2="high:Q")
    chart = alt.layer(bars, points).properties(width=180).facet(row="panel:N", column="market:N")
    chart.save(path, inline=False)


def failed(controls: pl.DataFrame) -> pl.DataFrame:
    """Controls that found something where there is nothing."""
    return controls.filter(~pl.col("at_chance"))


def titles(results: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Protocol, unit and market of every table, in order; `Unit` says which label a figure is about."""
    order = [(p.value, u.value) for p in Protocol for u in UNITS[p]]
    found = results.select("protocol", "unit", "market").unique(maintain_order=True).rows()
    return sorted(found, key=lambda row: order.index((row[0], Unit(row[1]).value)))
