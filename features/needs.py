"""What some columns need: the blocks and features that make them, and which records these read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import features
from features.catalogue import AS_OF, CATALOGUE, Grain, Node, Reach
from records.discovery import discover
from records.tables import SCHEMAS

_EXCLUDED = ("shared_values", "crossed_values")
"""Frames that every judgement of ties begins with, to leave out what has an innocent reason."""


@dataclass(frozen=True)
class Needs:
    """Columns of tenders, bids and ties that somebody reads, with all that these are made of."""

    columns: Mapping[Grain, frozenset[str]]

    def blocks(self, grain: Grain) -> list[Node]:
        """The blocks of a grain that bring one of the columns."""
        wanted = self.columns.get(grain, frozenset())
        return [
            node for node in CATALOGUE.blocks.values() if node.grain == grain and wanted & set(node.columns)
        ]

    @cached_property
    def nodes(self) -> frozenset[str]:
        """Names of the frames and blocks that are made, those that are kept included, and not what is behind.

        Tables of the market are among them.
        """
        found = {node.name for grain in AS_OF for node in self.blocks(grain)} | {"tenders", "bids"}
        found |= set(_EXCLUDED) if self.columns.get(Grain.TIE) else set()
        return frozenset(behind(found))

    @property
    def kept(self) -> frozenset[str]:
        """Names of the histories that they read."""
        return frozenset(n for n in self.nodes if n in CATALOGUE.frames and CATALOGUE.frames[n].kept)

    @property
    def reaches(self) -> frozenset[Reach]:
        """How far what is made reaches."""
        return frozenset(node.reach for node in _named(self.nodes - self.kept))

    @property
    def tables(self) -> frozenset[str]:
        """The tables of the market that are read."""
        return self.nodes & set(SCHEMAS)

    @property
    def of_market(self) -> frozenset[str]:
        """Names of frames and blocks that need the whole market."""
        return frozenset(node.name for node in _named(self.nodes - self.kept) if node.reach == Reach.MARKET)


def needs(columns: Mapping[Grain, Iterable[str]]) -> Needs:
    """Everything that columns of tenders, bids and ties are made of.

    >>> sorted(needs({Grain.TENDER: ["bid_cv"]}).columns[Grain.TENDER])
    ['bid_cv', 'bid_mean', 'bid_sd']
    """
    discover(features)
    found = {grain: set(columns.get(grain, ())) for grain in AS_OF}
    for grain in (Grain.TIE, Grain.BID):
        if found[grain]:
            found[grain] = _made_of(grain, found[grain])
            found[Grain.TENDER] |= found[grain] | _absent_reads(grain, found[grain])
    found[Grain.TENDER] = _made_of(Grain.TENDER, found[Grain.TENDER])
    return Needs({grain: frozenset(names) for grain, names in found.items()})


def behind(names: Collection[str]) -> set[str]:
    """Frames, blocks and tables by name, and what they read, however indirectly; not behind what is kept."""
    found, waiting = set(names), list(names)
    while waiting:
        node = {**CATALOGUE.frames, **CATALOGUE.blocks}.get(waiting.pop())
        new = set(node.reads) - found if node is not None and not node.kept else set()
        found |= new
        waiting += new
    return found


def _made_of(grain: Grain, names: set[str]) -> set[str]:
    found, waiting = set(names), list(names)
    while waiting:
        node = CATALOGUE.features[grain].get(waiting.pop())
        new = set(node.reads) - found if node is not None else set()
        found |= new
        waiting += new
    return found


def _absent_reads(grain: Grain, names: set[str]) -> set[str]:
    """Columns of the tender that say what a row has which a block does not list."""
    made = (
        c
        for n in CATALOGUE.blocks.values()
        if n.grain == grain
        for name, c in n.columns.items()
        if name in names
    )
    return {root for column in made if column.absent is not None for root in column.absent.meta.root_names()}


def _named(names: Iterable[str]) -> list[Node]:
    known = {**CATALOGUE.frames, **CATALOGUE.blocks}
    return [known[name] for name in names if name in known]
