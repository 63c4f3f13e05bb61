"""Tables of what `bidlens benchmark --json` printed, as Markdown: `python -m models.benchmark.page FILE`."""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from models.benchmark.frames import Unit
from models.benchmark.metrics import BASE_RATES
from models.benchmark.splits import UNITS, Protocol

FIRST = {Protocol.GROUPED: ("balanced_accuracy", "roc_auc", "average_precision")}
USUAL = ("roc_auc", "average_precision", "balanced_accuracy")
"""What a cell of the first tables holds, in this order."""

WORDS = {"roc_auc": "ROC-AUC", "average_precision": "AP", "balanced_accuracy": "balanced accuracy"}
BRIER = tuple(f"brier_to_prevalence_at_{f'{rate:.1%}'.replace('.0%', '%')}" for rate in BASE_RATES)

Row = dict[str, Any]


def page(document: Row) -> str:
    """Tables of every protocol, of probabilities, and of the negative controls."""
    asked = [(p, u) for p in Protocol for u in UNITS[p]]
    results, parts = document["results"], []
    for protocol, unit in asked:
        rows = [r for r in results if (r["protocol"], r["unit"]) == (protocol.value, unit.value)]
        if rows:
            parts.append(_table(rows, protocol, unit))
    parts.append(
        "### Brier score over that of the prevalence, at " + ", ".join(f"{r:.1%}" for r in BASE_RATES)
    )
    for protocol, unit in asked:
        rows = [r for r in results if (r["protocol"], r["unit"]) == (protocol.value, unit.value)]
        own = [r for r in rows if r["candidate"] and r["market"] not in {"macro", "worst"}]
        if own:
            parts.append(f"{protocol}, {unit}:\n\n" + _grid(own, BRIER, intervals=False))
    parts.append("### Negative controls\n\n" + "\n".join(_controls(document["controls"])))
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row], protocol: Protocol, unit: Unit) -> str:
    metrics = FIRST.get(protocol, USUAL)
    heading = f"### {protocol}, {unit} ({' · '.join(WORDS[m] for m in metrics)})"
    about = {r["market"]: r for r in rows if r["market"] not in {"macro", "worst"}}
    said = ", ".join(
        f"{m} {r['prevalence']:.0%} of {r['rows']:,} rows in {r['splits']} splits" for m, r in about.items()
    )
    return f"{heading}\n\n{_grid(rows, metrics)}\n\nPositive: {said}."


def _grid(rows: Sequence[Row], metrics: Sequence[str], *, intervals: bool = True) -> str:
    """One line per method, one column per market."""
    found = {(r["method"], r["market"], r["metric"]): r for r in rows}
    methods, markets = (list(dict.fromkeys(r[k] for r in rows)) for k in ("method", "market"))
    lines = [f"| method | {' | '.join(markets)} |", "|---" * (len(markets) + 1) + "|"]
    cells = {
        (method, market): " · ".join(
            _cell(found[method, market, m], intervals=intervals)
            for m in metrics
            if (method, market, m) in found
        )
        for method, market in product(methods, markets)
    }
    lines += [f"| {n} | " + " | ".join(cells[n, m] or "–" for m in markets) + " |" for n in methods]
    return "\n".join(lines)


def _cell(row: Row, *, intervals: bool) -> str:
    """A figure, with its interval where there is one.

    >>> _cell({"value": 0.912, "low": 0.8, "high": 0.95}, intervals=True)
    '.91 (.80–.95)'
    """
    low, high = row["low"], row["high"]
    interval = "" if low is None or not intervals else f" ({_short(low)}–{_short(high)})"
    return _short(row["value"]) + interval


def _short(x: float | None) -> str:
    text = "–" if x is None else f"{x:.2f}"
    return text[1:] if text.startswith("0.") else text


def _controls(controls: Sequence[Row]) -> Iterator[str]:
    """One line per control and market, one column per method."""
    methods = list(dict.fromkeys(c["method"] for c in controls))
    found = {(c["control"], c["market"], c["method"]): c for c in controls}
    yield f"| control | market | {' | '.join(methods)} |"
    yield "|---" * (len(methods) + 2) + "|"
    for control, market in dict.fromkeys((c["control"], c["market"]) for c in controls):
        told = [found.get((control, market, m)) for m in methods]
        cells = ["–" if c is None else _control(c) for c in told]
        yield f"| {control} | {market} | {' | '.join(cells)} |"


def _control(c: Row) -> str:
    failed = "" if c["at_chance"] else " **not at chance**"
    return f"{_short(c['roc_auc'])} ± {_short(c['standard_error'])}{failed}"


if __name__ == "__main__":
    print(page(json.loads(Path(sys.argv[1]).read_text("utf-8"))), end="")
