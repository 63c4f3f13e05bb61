"""Grains, and the three decorators through which a feature enters the catalogue.

* `@frame`: an intermediate table that several blocks read; computed once per build.
* `@block`: a table keyed by its grain that brings several columns at once.
* `@feature`: one column from other columns of its grain; the function's name is the column, its
  parameters are the columns it reads.

Parameters are dependencies: a frame or block names tables of the market, frames or blocks.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, overload

import polars as pl

import features
from records.discovery import discover


class Grain(StrEnum):
    """What one row of a feature frame stands for."""

    TENDER = "tender"
    BID = "bid"
    TIE = "tie"
    BIDDER = "bidder"
    PAIR = "pair"
    GROUP = "group"
    BUYER = "buyer"
    EXPERT = "expert"
    MARKET = "market"


KEYS: dict[Grain, tuple[str, ...]] = {
    Grain.TENDER: ("tender_id",),
    Grain.BID: ("tender_id", "bidder_id", "bid_id"),
    Grain.TIE: ("tender_id", "bidder_a", "bidder_b"),
    Grain.BIDDER: ("bidder_id",),
    Grain.PAIR: ("bidder_a", "bidder_b"),
    Grain.GROUP: ("group_id",),
    Grain.BUYER: ("buyer_id",),
    Grain.EXPERT: ("expert_id",),
    Grain.MARKET: ("stratum",),
}


AS_OF = (Grain.TENDER, Grain.BID, Grain.TIE)
"""Grains whose rows are as of the tender's deadline; the others are snapshots of a market."""


class Reach(StrEnum):
    """Which rows a frame or block needs, of what it reads, to be right about some tenders.

    * `TENDER`: those of the tenders themselves, of the calls before them and of their parties as firms:
      owners, accounts, foundings.
    * `PARTIES`: also what their parties did in other tenders.
    * `STRATUM`: also other tenders of the same buyer and category.
    * `MARKET`: everything; what nobody declared counts as this.

    Frames that are *kept* are there for the whole market in any case and count for nothing here.
    """

    TENDER = "tender"
    PARTIES = "parties"
    STRATUM = "stratum"
    MARKET = "market"


@dataclass(frozen=True)
class Kept:
    """A history that is kept of all tenders, and which part of it says everything about one of them.

    Its frame has one row or more of each tender, with `tender_id`, that follow from the records of that
    tender alone, or with `as_of` also from what was known of others by its deadline. One that is kept of all
    firms has rows with `bidder_id` that follow from the records of that firm and of its tenders alone.

    * `of`: whose rows they are, by the column that names them.
    * `by`: columns that say what is of one kind, finest first; "" stands for the whole market. A kind counts
      alone where, before the deadline, `counts` are all at least `enough()`; else the next one does.
    * `known`: when a row became known.
    * `asks`: which rows of a tender make it look at the history at all.
    """

    by: tuple[str, ...]
    enough: Callable[[], int] = lambda: 0
    counts: tuple[pl.Expr, ...] = (pl.len(),)
    known: pl.Expr = field(default_factory=lambda: pl.col("known_at"))
    asks: pl.Expr = field(default_factory=lambda: pl.lit(True))
    as_of: bool = False
    of: Literal["tender_id", "bidder_id"] = "tender_id"


@dataclass(frozen=True)
class Column:
    """What one column means.

    `domain` says when the value exists; outside it the value is null, never zero.
    `absent`, for sparse grains, is the value of the rows that are not listed, as an expression
    over the tender frame; null there means unknown.
    """

    meaning: str
    zh: str = ""
    unit: str = ""
    domain: str = ""
    source: str = ""
    absent: pl.Expr | None = None


@dataclass(frozen=True)
class Node:
    """A frame, block or feature: a function and what it reads.

    A block on demand is costly: a grain's frame holds it only where the caller names it.
    A snapshot reads the whole market, also what came after a tender's deadline.
    For `reach` see `Reach`, for `kept` see `Kept`.
    """

    name: str
    grain: Grain | None
    function: Callable[..., pl.LazyFrame] | Callable[..., pl.Expr]
    reads: tuple[str, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)
    on_demand: bool = False
    snapshot: bool = False
    reach: Reach = Reach.MARKET
    kept: Kept | None = None


class Catalogue:
    """Every registered frame, block and feature; a name is registered once per grain."""

    def __init__(self) -> None:
        self.frames: dict[str, Node] = {}
        self.blocks: dict[str, Node] = {}
        self.features: dict[Grain, dict[str, Node]] = {grain: {} for grain in Grain}

    def columns(self, grain: Grain) -> dict[str, Column]:
        """All catalogued columns of a grain, blocks first."""
        discover(features)
        return self._registered(grain)

    def on_demand(self, grain: Grain) -> dict[str, Node]:
        """Blocks of a grain that its frame holds only where they are named."""
        discover(features)
        return {n.name: n for n in self.blocks.values() if n.on_demand and n.grain == grain}

    def _registered(self, grain: Grain) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for node in (*self.blocks.values(), *self.features[grain].values()):
            if node.grain == grain:
                found.update(node.columns)
        return found

    def add(self, into: dict[str, Node], node: Node) -> None:
        """Register a node.

        Raises:
            ValueError: a frame, block or column of that name exists in the grain already.

        """
        taken = set(into) | (set(self._registered(node.grain)) if node.grain else set())
        clash = sorted(({node.name} | set(node.columns)) & taken)
        if clash:
            raise ValueError(f"{clash} is registered twice; rename it in {node.function}.")
        into[node.name] = node


CATALOGUE = Catalogue()


Maker = Callable[..., pl.LazyFrame]


@overload
def frame(function: Maker) -> Maker: ...
@overload
def frame(*, reach: Reach, kept: Kept | None = None) -> Callable[[Maker], Maker]: ...
def frame(
    function: Maker | None = None, *, reach: Reach = Reach.MARKET, kept: Kept | None = None
) -> Maker | Callable[[Maker], Maker]:
    """Register an intermediate table under the function's name; for `reach` and `kept` see `Node`."""

    def register(function: Maker) -> Maker:
        node = Node(function.__name__, None, function, _reads(function), reach=reach, kept=kept)
        CATALOGUE.add(CATALOGUE.frames, node)
        return function

    return register if function is None else register(function)


def block(
    grain: Grain,
    columns: Mapping[str, Column],
    *,
    reach: Reach = Reach.MARKET,
    on_demand: bool = False,
    snapshot: bool = False,
) -> Callable[[Maker], Maker]:
    """Register a table keyed by `KEYS[grain]` that brings `columns`; for `reach` see `Reach`.

    A costly one is `on_demand`: `Build.grain(grain, also=[name])` joins it, and no feature reads it.
    A `snapshot` of a grain that is otherwise as of a tender's deadline must be on demand and say so.

    Raises:
        ValueError: a snapshot of tenders, bids or ties that every build would join.

    """
    if snapshot and not on_demand and grain in AS_OF:
        raise ValueError(f"A snapshot block of grain {grain} must be on demand: the grain is as of a moment.")

    def register(function: Maker) -> Maker:
        node = Node(function.__name__, grain, function, _reads(function), columns, on_demand, snapshot, reach)
        CATALOGUE.add(CATALOGUE.blocks, node)
        return function

    return register


def feature(
    grain: Grain, *, zh: str, unit: str = "", domain: str = "", source: str = ""
) -> Callable[[Callable[..., pl.Expr]], Callable[..., pl.Expr]]:
    """Register one column; the docstring's first sentence is its meaning."""

    def register(function: Callable[..., pl.Expr]) -> Callable[..., pl.Expr]:
        name = function.__name__
        column = Column(first_sentence(function), zh, unit, domain, source)
        node = Node(name, grain, function, _reads(function), {name: column})
        CATALOGUE.add(CATALOGUE.features[grain], node)
        return function

    return register


def first_sentence(function: Callable[..., object]) -> str:
    """First line of a docstring: the text that catalogues show."""
    return (inspect.getdoc(function) or "").partition("\n")[0].strip()


def _reads(function: Callable[..., object]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)
