"""Which tenders some imports touched: new ones, corrected ones, and those that rest on their records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from records.index import COLUMNS, MOVABLE, Index, changed, replaced
from records.store import Store
from records.tables import SCHEMAS

FEWEST, MOST = 1_000, 0.2
"""Tenders that are always looked at one by one, and the share of all from which a full run is cheaper."""

_PARTIES = ("bids", "consortium_members", "awards")
"""Tables that say which firm stood in which tender."""


@dataclass(frozen=True)
class Touched:
    """Tenders of which some imports may change the alerts: `own` are those whose own records changed."""

    tenders: list[str]
    own: frozenset[str]
    why: str


def touched_by(store: Store, batches: Sequence[str]) -> Touched | None:
    """The tenders that some imports touched; None where these may be any, or too many to look at one by one.

    Besides the tenders of which a record is new, changed or gone to another these are the later ones in which
    one of their parties stands, or a firm that shows one of their values, or that the same buyer called; and
    all tenders of firms whose own records changed.
    """
    index = Index(store)
    store = index.store
    new = {table: changed(store.market(), table, batches) for table in tables_of_slices()}
    if new["known_values"].head(1).collect().height:
        return None
    index.bring_up()
    old = replaced(store, batches, COLUMNS.keys() & {"tenders", *MOVABLE})
    if old is None:
        return None
    dated = [t for t in new if "tender_id" in SCHEMAS[t].columns()]
    own = {t for name in dated for t in _ids(new[name], "tender_id")} | _of_old(old, "tender_id")
    firms = {f for table in _PARTIES for f in index.find(table, "tender_id", own)["bidder_id"]}
    firms |= set(index.find("identifiers", "value_hash", _ids(new["identifiers"], "value_hash"))["bidder_id"])
    at_firms = {f for rows, column in _firms(new) for f in _ids(rows, column)} | _of_old(old, "from_id")
    ahead = _later(index, own, firms | _of_old(old, "bidder_id"), old)
    every = own | ahead | _entered(index, at_firms)
    n = store.market().tenders.select(pl.len()).collect().item()
    if len(every) > max(FEWEST, MOST * n):
        return None
    return Touched(sorted(every), frozenset(own), f"imported: {', '.join(batches)}")


def tables_of_slices() -> list[str]:
    """Tables that somebody reads for a tender, or that can explain what is found."""
    return [*COLUMNS, "relations", "known_values"]


def _ids(rows: pl.LazyFrame, column: str) -> set[str]:
    return set(rows.select(pl.col(column).drop_nulls().unique()).collect().to_series())


def _firms(new: Mapping[str, pl.LazyFrame]) -> list[tuple[pl.LazyFrame, str]]:
    of_firms = new["identifiers"].filter(pl.col("tender_id").is_null())
    return [
        (new["bidders"], "bidder_id"), (of_firms, "bidder_id"), (new["payments"], "from_id"),
        (new["relations"], "from_id"), (new["relations"], "to_id"),
    ]  # fmt: skip


def _of_old(old: Mapping[str, pl.DataFrame], column: str) -> set[str]:
    return {v for rows in old.values() if column in rows.columns for v in rows[column].drop_nulls()}


def _entered(index: Index, firms: Iterable[str]) -> set[str]:
    """Tenders in which firms stand."""
    return {t for table in _PARTIES for t in index.find(table, "bidder_id", firms)["tender_id"]}


def _later(
    index: Index, own: Collection[str], firms: Collection[str], old: Mapping[str, pl.DataFrame]
) -> set[str]:
    """Tenders of some firms, and of the buyers of `own`, with a later deadline than the first of `own`."""
    first = pl.concat(
        [index.find("tenders", "tender_id", own), *(rows for t, rows in old.items() if t == "tenders")]
    )
    of_buyers = set(index.find("tenders", "buyer_id", first["buyer_id"].drop_nulls())["tender_id"])
    theirs = index.find("tenders", "tender_id", _entered(index, firms) | of_buyers)
    since = first["deadline_at"].min()
    later = theirs if since is None else theirs.filter(pl.col("deadline_at") > since)
    return set(later["tender_id"])
