"""Which features the records of a market can support, and what holds the others back."""

import polars as pl

from features.build import Build
from features.catalogue import CATALOGUE, KEYS, Grain, Node

DENSE = (Grain.TENDER, Grain.BID)
"""Grains with a row for every tender or bid; sparse grains list only what has something to say."""


def feature_coverage(build: Build) -> pl.DataFrame:
    """One row per feature of a tender or bid: `grain, feature, n, known, missing`.

    `known` of `n` rows have a value. `missing` names, for features without any, the record columns
    or tables that are empty, else the feature's domain.

    >>> from records.tables import market_of
    >>> table = feature_coverage(Build(market_of()))
    >>> table.filter(pl.col("feature") == "bid_period_days")["missing"].to_list()
    ['deadline_at, published_at']
    """
    return pl.concat(_of_grain(build, grain) for grain in DENSE)


def _of_grain(build: Build, grain: Grain) -> pl.DataFrame:
    columns = CATALOGUE.columns(grain)
    frame = build.grain(grain)
    counts = frame.select(pl.len().alias(""), pl.all().exclude("").is_not_null().sum()).collect()
    known = dict(zip(counts.columns, counts.row(0), strict=True))
    rows = [
        (str(grain), name, known[""], known[name], "" if known[name] else _why(build, grain, name, known))
        for name in columns
        if name in known and name not in KEYS[grain]
    ]
    return pl.DataFrame(rows, schema=["grain", "feature", "n", "known", "missing"], orient="row")


def _why(build: Build, grain: Grain, name: str, known: dict[str, int]) -> str:
    """Empty record columns or tables below a feature, else its domain."""
    node = CATALOGUE.features[grain].get(name)
    if node is None:
        empty = sorted(t for t in _tables(_block_of(grain, name)) if _is_empty(build, t))
        return ", ".join(f"table {t}" for t in empty) or CATALOGUE.columns(grain)[name].domain
    below = [r for r in node.reads if not known.get(r)]
    found = {part for r in below for part in _origin(build, grain, r, known).split(", ")}
    return ", ".join(sorted(found)) or CATALOGUE.columns(grain)[name].domain


def _origin(build: Build, grain: Grain, name: str, known: dict[str, int]) -> str:
    for g in (grain, Grain.TENDER):
        if name in CATALOGUE.columns(g):
            return _why(build, g, name, known) or name
    return name


def _block_of(grain: Grain, name: str) -> Node:
    return next(b for b in CATALOGUE.blocks.values() if b.grain == grain and name in b.columns)


def _tables(node: Node) -> set[str]:
    """Record tables that a block reads, however indirectly."""
    found: set[str] = set()
    for name in node.reads:
        below = CATALOGUE.frames.get(name) or CATALOGUE.blocks.get(name)
        found |= {name} if below is None else _tables(below)
    return found


def _is_empty(build: Build, table: str) -> bool:
    return build.table(table).head(1).collect().is_empty()
