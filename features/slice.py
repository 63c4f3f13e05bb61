"""The part of a market that suffices to be exact about some tenders.

Which part that is follows from the reach of what is asked (`features.catalogue.Reach`): rows of other tenders
are there as far as somebody reads them, and no further, so that a frame built on a slice is right about the
tenders asked for and about no others.
"""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple, Protocol

import polars as pl

from features.catalogue import Reach
from features.tender.rounds import LONGEST
from records.tables import SCHEMAS, Market, market_of

_OF_TENDER = [name for name, schema in SCHEMAS.items() if "tender_id" in schema.columns()]
_WHOLE = ("relations", "known_values")
"""Small tables, of which all is read: they grow with the firms, not with the tenders."""

_TOLD = ("subcontracts",)
"""Tables of which somebody reads whether the market has any row at all: one is enough to tell."""


class Rows(Protocol):
    """Finds rows of a table by the values of one column; a store may answer from an index."""

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """The rows of `table` whose `column` is one of the values."""

    def whole(self, table: str) -> pl.LazyFrame:
        """All rows of a table."""


class Scan:
    """Rows found by reading through the tables of a market."""

    def __init__(self, market: Market) -> None:
        self._tables = market.to_dict()

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """The rows of `table` whose `column` is one of the values."""
        return self._tables[table].filter(pl.col(column).is_in(sorted(set(values)))).collect()

    def whole(self, table: str) -> pl.LazyFrame:
        """All rows of a table."""
        return self._tables[table]


class Cut:
    """Rows gathered so far, table by table; the same row may be found twice and is kept once."""

    def __init__(self, rows: Rows, tables: Collection[str]) -> None:
        self._rows, self._tables = rows, set(tables)
        self._found: dict[str, list[pl.DataFrame]] = {}
        self._asked: dict[tuple[str, str], set[str]] = {}

    def take(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """Find rows that were not asked for before, and keep them; none of a table that nobody reads."""
        before = self._asked.setdefault((table, column), set())
        new = set(values) - before
        before |= new
        if not new or table not in self._tables:
            return SCHEMAS[table].create_empty()
        found = self._rows.find(table, column, new)
        self._found.setdefault(table, []).append(found)
        return found

    def values(self, table: str, column: str) -> set[str]:
        """What the rows found so far say in a column."""
        return {v for part in self._found.get(table, ()) for v in part[column].drop_nulls().unique()}

    def of(self, table: str) -> pl.DataFrame:
        """The rows of a table found so far."""
        parts = self._found.get(table)
        return pl.concat(parts).unique() if parts else SCHEMAS[table].create_empty()

    def market(self) -> Market:
        """All that was found, with the small tables in full."""
        found = {name: self.of(name) for name in self._found}
        for name in self._tables & set(_TOLD):
            found[name] = pl.concat([found[name], self._rows.whole(name).head(1).collect()]).unique()
        return market_of(**found, **self._whole)

    @cached_property
    def _whole(self) -> dict[str, pl.DataFrame]:
        return {name: self._rows.whole(name).collect() for name in _WHOLE}


class Parts(NamedTuple):
    """The records that say everything about some tenders.

    `own`: as far as `Reach.TENDER` goes; `wider`: also what frames and blocks of wider reach need.
    """

    own: Market
    wider: Market


def sliced(rows: Rows, asked: Collection[str], tables: Collection[str], reaches: Collection[Reach]) -> Parts:
    """The parts of a market that say everything about the tenders `asked`.

    Args:
        rows: where to find the records.
        asked: ids of tenders; those that are not on record are left out.
        tables: which tables somebody reads (`features.needs.Needs.tables`).
        reaches: how far (`features.needs.Needs.reaches`).

    """
    cut = Cut(rows, {*tables, "tenders", "bids"})
    _tenders(cut, asked)
    parties = _parties(cut)
    _firms(cut, parties)
    _bidders(cut)
    own = cut.market()
    if Reach.PARTIES in reaches:
        _histories(cut, parties)
    if Reach.STRATUM in reaches:
        buyers = own.tenders.filter(pl.col("tender_id").is_in(list(asked))).select("buyer_id").collect()
        cut.take("tenders", "buyer_id", buyers["buyer_id"].drop_nulls())
    _bidders(cut)
    return Parts(own, cut.market())


def _tenders(cut: Cut, asked: Collection[str]) -> None:
    """The tenders, the calls before them, and what names these."""
    ids: set[str] = set(asked)
    for _ in range(LONGEST + 1):
        cut.take("tenders", "tender_id", ids)
        ids |= cut.values("tenders", "retender_of")
    for table in _OF_TENDER:
        cut.take(table, "tender_id", ids)


def _parties(cut: Cut) -> set[str]:
    """Who bids, stands behind a bid, was awarded, or took the documents."""
    tables = ("bids", "consortium_members", "awards", "identifiers")
    return set().union(*(cut.values(table, "bidder_id") for table in tables))


def _firms(cut: Cut, parties: set[str]) -> None:
    """What stands on record about the parties as firms, and what they paid."""
    cut.take("identifiers", "bidder_id", parties)
    cut.take("payments", "from_id", parties)


def _bidders(cut: Cut) -> None:
    """The firms themselves."""
    firms = cut.values("bids", "bidder_id") | cut.values("consortium_members", "bidder_id")
    cut.take("bidders", "bidder_id", firms)


def _histories(cut: Cut, parties: set[str]) -> None:
    """All tenders in which a party stands, with all bids: a win is worth what others contended for it."""
    for table in ("bids", "consortium_members", "awards"):
        cut.take(table, "bidder_id", parties)
    ids = set().union(*(cut.values(t, "tender_id") for t in ("bids", "consortium_members", "awards")))
    for table in ("tenders", "bids", "consortium_members", "awards"):
        cut.take(table, "tender_id", ids)


def of_firms(rows: Rows, firms: Collection[str]) -> Market:
    """All values that some firms showed, and their tenders, with who stood there jointly."""
    cut = Cut(rows, ("identifiers", "bids", "consortium_members", "tenders"))
    for table in ("identifiers", "bids", "consortium_members"):
        cut.take(table, "bidder_id", firms)
    joint = cut.values("consortium_members", "tender_id")
    cut.take("bids", "tender_id", joint)
    ids = cut.values("bids", "tender_id") | joint
    cut.take("consortium_members", "tender_id", ids)
    cut.take("tenders", "tender_id", ids)
    return cut.market()
