"""How the bidders of a case are tied to each other by ownership, control, office or declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

import networkx as nx
import polars as pl

from features.tie.ownership import HUB, LONGEST
from records.privacy import masked_id
from records.tables import Market

KINDS = ("owns", "controls", "manages", "employs", "related_to")
"""Relations that tie; the State as owner does not (rules FX09)."""

MOST = 60
"""Bidders between whom paths are looked for, and paths that are told."""


@dataclass(frozen=True)
class Link:
    """One relation on record, read as "`from_name` owns `to_name`"."""

    from_name: str
    to_name: str
    kind: str
    share: float | None
    since: datetime | None
    until: datetime | None
    record: str


@dataclass(frozen=True)
class Chain:
    """The shortest path between two bidders, by name."""

    a: str
    b: str
    links: list[Link]


def chains(
    market: Market, bidders: Mapping[str, str], at: datetime | None, longest: int = LONGEST
) -> list[Chain]:
    """The shortest path of up to `longest` links between each two bidders, the shortest first.

    `bidders` are names by id. Only what held at `at` counts; without a moment everything does. Nobody with
    `HUB` firms and more is passed through: such an owner is a fund or a bank.
    """
    firms = sorted(bidders)[:MOST]
    near = _near(market, firms, at, longest)
    graph = nx.Graph()
    for row in near.iter_rows(named=True):
        graph.add_edge(row["from_id"], row["to_id"], row=row)
    names = {**_names(market, sorted(graph)), **bidders}
    held = [f for f in firms if f in graph]
    paths = [p for a, b in combinations(held, 2) if (p := _path(graph, a, b, longest))]
    shortest = sorted(paths, key=lambda p: (len(p), p))[:MOST]
    return [
        Chain(names[p[0]], names[p[-1]], [_link(graph.edges[e]["row"], names) for e in pairwise(p)])
        for p in shortest
    ]


def _near(market: Market, firms: Sequence[str], at: datetime | None, longest: int) -> pl.DataFrame:
    """Relations in force at most half the longest path away from a bidder: all that a path can use."""
    tying = _tying(market, at)
    reached, asked, found = set(firms), list(firms), []
    for _ in range((longest + 1) // 2):
        rows = tying.filter(pl.col("from_id").is_in(asked) | pl.col("to_id").is_in(asked)).collect()
        found.append(rows)
        asked = sorted({*rows["from_id"], *rows["to_id"]} - reached)
        reached |= set(asked)
    between = reached - set(firms)
    hubs = _hubs(tying, sorted(between))
    near = pl.concat(found).unique(["from_id", "to_id", "kind"], keep="any")
    return near.filter(~pl.col("from_id").is_in(hubs), ~pl.col("to_id").is_in(hubs)).sort(
        "from_id", "to_id", "kind", descending=True
    )


def _tying(market: Market, at: datetime | None) -> pl.LazyFrame:
    state = market.relations.filter(pl.col("kind") == "state_owned_by").select(pl.col("to_id").unique())
    of_state = state.collect()["to_id"].to_list()
    tying = market.relations.filter(
        pl.col("kind").is_in(KINDS), ~pl.col("from_id").is_in(of_state), ~pl.col("to_id").is_in(of_state)
    )
    if at is None:
        return tying
    began = (pl.col("valid_from") <= at).fill_null(True)
    return tying.filter(began & ~(pl.col("valid_to") <= at).fill_null(False))


def _hubs(tying: pl.LazyFrame, ids: Sequence[str]) -> list[str]:
    ends = pl.concat([tying.select(id=c) for c in ("from_id", "to_id")]).filter(pl.col("id").is_in(ids))
    return ends.group_by("id").len().filter(pl.col("len") >= HUB).collect()["id"].to_list()


def _path(graph: nx.Graph, a: str, b: str, longest: int) -> list[str] | None:
    try:
        path: list[str] = nx.shortest_path(graph, a, b)
    except nx.NetworkXNoPath:
        return None
    return path if len(path) - 1 <= longest else None


def _names(market: Market, ids: Sequence[str]) -> dict[str, str]:
    """Firms by name; whoever is no firm on record is taken for a person and masked."""
    known = market.bidders.filter(pl.col("bidder_id").is_in(ids)).select("bidder_id", "name").collect()
    firms = {i: name or i for i, name in known.iter_rows()}
    return {i: firms.get(i) or masked_id(i) for i in ids}


def _link(row: Mapping[str, object], names: Mapping[str, str]) -> Link:
    return Link(
        from_name=names[str(row["from_id"])],
        to_name=names[str(row["to_id"])],
        kind=str(row["kind"]),
        share=row["share"],  # type: ignore[arg-type]
        since=row["valid_from"],  # type: ignore[arg-type]
        until=row["valid_to"],  # type: ignore[arg-type]
        record=":".join(str(row[c] or "") for c in ("batch_id", "source_table", "source_record")),
    )
