"""The benchmark's tables in a terminal."""

import polars as pl
from rich.console import Console
from rich.table import Table

from models.benchmark.report import NOTES, SHOWN, table, titles


def show(results: pl.DataFrame, controls: pl.DataFrame, out: Console) -> None:
    """One table per protocol, unit and market, then the negative controls and what must be said beside."""
    for protocol, unit, market in titles(results):
        about = results.filter(protocol=protocol, unit=unit, market=market)
        share = f"{about.item(0, 'prevalence'):.0%} positive, {about.item(0, 'splits')} splits"
        shown = Table("method", "reads", title=f"{protocol} · {unit} · {market} ({share})")
        for heading in SHOWN:
            shown.add_column(heading, justify="right", no_wrap=True)
        for row in table(results, protocol, unit, market):
            shown.add_row(*row)
        out.print(shown)
    _controls(controls, out)
    for note in NOTES:
        out.print(note, highlight=False)


def _controls(controls: pl.DataFrame, out: Console) -> None:
    shown = Table(title="negative controls: ROC-AUC must be .5 within strata")
    for name in controls.columns:
        shown.add_column(name.replace("_", " "))
    for row in controls.iter_rows():
        shown.add_row(*(f"{x:.3f}" if isinstance(x, float) else str(x) for x in row))
    if controls.height:
        out.print(shown)
