"""The features catalogue as a page, made from the decorators: `python -m features.document`."""

from collections.abc import Mapping
from pathlib import Path

from features.catalogue import AS_OF, CATALOGUE, Column, Grain, first_sentence

PAGE = Path("docs/features.md")

_HEAD = """# Features

Every column that bidlens computes, by grain. This page is generated: run `make docs` after a change.

A value exists inside its domain and is null outside it, never zero. History features of a tender read only
what was known strictly before its deadline; tables of whole markets say that they are snapshots.
"""

_ROWS_OF = {
    Grain.TENDER: "One row per tender (per lot, where there are lots).",
    Grain.BID: "One row per bid; the columns of its tender are at hand as well.",
    Grain.TIE: "One row per two bidders in one tender that have something to say; the columns of the tender "
    "are at hand as well. *Absent* rows, which are not listed, take the value that the catalogue gives them.",
    Grain.BIDDER: "One row per firm that bid or is on record: a snapshot of a market, not as of a moment.",
    Grain.PAIR: "One row per two bidders over a whole market: a snapshot, not as of a moment.",
    Grain.GROUP: "One row per group of bidders.",
    Grain.BUYER: "One row per buyer over a whole market: a snapshot, not as of a moment.",
    Grain.MARKET: "One row per stratum of a market with enough bids: a snapshot, and it names no firm.",
    Grain.EXPERT: "One row per expert over a whole market: a snapshot, not as of a moment.",
}


def catalogue_markdown() -> str:
    """The whole catalogue as Markdown, one table per grain that has columns.

    >>> "| `bid_cv` | 报价变异系数 |" in catalogue_markdown()
    True
    """
    grains = ((grain, CATALOGUE.columns(grain)) for grain in Grain)
    return "\n".join([_HEAD, *(_section(grain, columns) for grain, columns in grains if columns)])


def _section(grain: Grain, columns: dict[str, Column]) -> str:
    demanded = CATALOGUE.on_demand(grain)
    costly = {name for node in demanded.values() for name in node.columns}
    always = {name: column for name, column in columns.items() if name not in costly}
    parts = [f"## {grain.value.capitalize()}", "", _ROWS_OF[grain], "", *_table(always)]
    for name, node in demanded.items():
        call = f'Build(market).grain(Grain.{grain.name}, also=["{name}"])'
        parts += [
            f"### On demand: {name}",
            "",
            first_sentence(node.function),
            f"Costly, so only where asked for: `{call}`.",
            *(
                ["**Snapshot**: reads the whole market, also what came after a tender's deadline."]
                if node.snapshot and grain in AS_OF
                else []
            ),
            "",
            *_table(node.columns),
        ]
    return "\n".join(parts)


def _table(columns: Mapping[str, Column]) -> list[str]:
    rows = [
        _row(f"`{name}`", c.zh, c.meaning, c.unit, c.domain, c.source) for name, c in sorted(columns.items())
    ]
    head = [
        _row("column", "中文", "meaning", "unit", "exists when", "source"),
        _row(*["---"] * 6),
    ]
    return [*head, *rows, ""]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(catalogue_markdown(), encoding="utf-8")
