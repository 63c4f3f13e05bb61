"""The report on honest nulls as a page."""

from collections.abc import Iterator

import polars as pl

from benchmarks.competition import DESIGNS

PROBABILITY = "probability"

_LETTERS = {name: chr(ord("A") + i) for i, name in enumerate((*DESIGNS, "simulator"))}


def page(columns: pl.DataFrame, tests: pl.DataFrame, command: str) -> str:
    """Markdown: one row per column or test, one cell per design."""
    is_p = pl.col("unit") == PROBABILITY
    parts = [
        _HEAD.format(command=command, designs=_designs()),
        "## Columns that are p-values",
        "",
        _P_HEAD,
        "",
    ]
    parts += [*_by_design(columns.filter(is_p), ("share_01", "share_05")), ""]
    parts += ["## Market tests", "", *_of_tests(tests), ""]
    parts += ["## Percentiles under competition", "", _SHARE_HEAD, ""]
    parts += [*_by_design(columns.filter(~is_p), ("share_05", "share_95")), ""]
    return "\n".join(parts)


def _designs() -> str:
    meanings = {name: design.meaning for name, design in DESIGNS.items()}
    meanings["simulator"] = "`records.simulate` without rings and look-alikes"
    return "\n".join(f"- {_LETTERS[name]}, `{name}`: {meaning}" for name, meaning in meanings.items())


def _by_design(rows: pl.DataFrame, shown: tuple[str, str]) -> Iterator[str]:
    designs = [d for d in _LETTERS if d in set(rows["design"])]
    yield from _head("column", "grain", "n", "distance", "excess", *(_LETTERS[d] for d in designs))
    for (what, grain), part in rows.sort("what", "grain").group_by("what", "grain", maintain_order=True):
        cells = {row["design"]: _cell(row, shown) for row in part.iter_rows(named=True)}
        worst = part.select(pl.col("n").sum(), pl.col("distance", "excess").max()).row(0)
        yield _row(
            f"`{what}`",
            grain,
            f"{worst[0]:,}",
            *map(_number, worst[1:]),
            *(cells.get(d, "–") for d in designs),
        )


def _of_tests(rows: pl.DataFrame) -> Iterator[str]:
    yield from _head("test", "under", "runs", "distance", "excess", "p ≤ 0.01 / 0.05, %")
    for row in rows.sort("what").iter_rows(named=True):
        figures = (_number(row[name]) for name in ("distance", "excess"))
        yield _row(
            f"`{row['what']}`", row["design"], str(row["n"]), *figures, _cell(row, ("share_01", "share_05"))
        )


def _cell(row: dict[str, object], shown: tuple[str, str]) -> str:
    """Two shares in per cent, bold where they are a false alarm, a dash where nothing is defined."""
    if row["n"] == 0:
        return "–"
    text = " / ".join(f"{100 * float(str(row[name])):.1f}" for name in shown)
    return f"**{text}**" if row["alarm"] else text


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|---" * len(names) + "|"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


_HEAD = """# Honest nulls

How the p-values of bidlens behave on markets in which nobody agrees anything. Made by `{command}`.

Every cell holds the shares of p-values up to 0.01 and up to 0.05, in per cent: they should be 1.0 / 5.0.
Less is caution (discrete statistics cannot help it), more is a false alarm, **bold** where the excess is
beyond three standard errors between markets and a tenth of the level. `distance` is the largest distance
from uniform on either side, `excess` that on the side of false alarms, both in the worst design; `n`
counts all designs.

{designs}
"""

_P_HEAD = """Pairs that are listed for having met, and ties for a repeated ratio or close uploads, are judged
among all that might have been listed, the others having p = 1. Where firms are unequal and keep to trades
(E, G), tests of equal chances or of where firms bid must reject: their null is equal firms that bid
anywhere, not the absence of agreements. In the simulator firms enter by distance, which is finer than the
strata of `joint_p`: neighbours meet more often than its null expects. `price_order_p`, and to a lesser degree
the concentration of a group's wins, reject where lasting differences in cost agree from lot to lot: they are
read beside other evidence, never alone."""

_SHARE_HEAD = """Places among competitive tenders, to be read in either direction. Here the cells hold the
shares up to 0.05 and above 0.95, in per cent: they should be 5.0 / 5.0. The null of the screens is normal
bids of equal firms (`log_step_spread_null`: lognormal ones); the other designs show what happens where that
is wrong."""
