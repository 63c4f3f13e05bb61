"""The columns of OCDS releases: one list per column, no judgement yet.

Rows carry `r`, the position of their release.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from records.ocds.release import (
    Award,
    Bid,
    Code,
    Contact,
    Lot,
    Part,
    Party,
    Period,
    Reference,
    Release,
    Tender,
    Value,
)  # fmt: skip

_NO_TENDER, _NO_PERIOD, _NO_PARTY = Tender(), Period(), Reference()
_ITSELF = (Lot(),)
_MONEY = ("estimate", "ceiling")

P = TypeVar("P", bound=Part)


def texts(values: Iterable[str | None]) -> pl.Series:
    """Values that are text already."""
    return pl.Series(list(values), dtype=pl.String)


def codes(values: Iterable[Code]) -> pl.Series:
    """Identifiers as text; some come as numbers."""
    return pl.Series([v if v is None or type(v) is str else str(v) for v in values], dtype=pl.String)


def amounts(values: Iterable[Value | None]) -> pl.Series:
    """Amounts as decimal text, digit for digit."""
    plain = [None if v is None or v.amount is None else format(v.amount, "f") for v in values]
    return pl.Series(plain, dtype=pl.String)


def currencies(values: Iterable[Value | None]) -> pl.Series:
    """Currency codes."""
    return pl.Series([None if v is None else v.currency for v in values], dtype=pl.String)


def id_lists(values: Iterable[Sequence[Code] | None]) -> pl.Series:
    """Lists of identifiers; an absent list is empty. From flat values: series of lists are slow."""
    lists = [v or () for v in values]
    offsets = np.cumsum([0, *map(len, lists)])
    flat_values = codes(chain.from_iterable(lists)).to_arrow()
    return pl.Series(pa.LargeListArray.from_arrays(offsets, flat_values)).cast(pl.List(pl.String))


def refs(values: Iterable[Sequence[Reference] | None]) -> pl.Series:
    """Lists of the ids of the parties named; none named is an empty list."""
    return id_lists([v.id for v in found] if found else None for found in values).list.drop_nulls()


def flat(releases: Sequence[Release], part: Callable[[Release], Sequence[P]]) -> tuple[list[int], list[P]]:
    """All parts of one sort, each with the position of its release."""
    parts = [part(r) for r in releases]
    return [i for i, found in enumerate(parts) for _ in found], list(chain.from_iterable(parts))


def instant(column: str, clock: str = "00:00:00") -> pl.Expr:
    """Normalise a time as text to RFC 3339: without a zone it is UTC, at most six decimals.

    A date without a clock gets `clock`; anything else stays as it is and the contract judges it.

    >>> pl.DataFrame({"t": ["2021-10-29 13:35:00.3011698", "2021-10-29", "2021-10-29T01:00:00-04:00"]}
    ... ).select(instant("t"))["t"].to_list()
    ['2021-10-29T13:35:00.301169Z', '2021-10-29T00:00:00Z', '2021-10-29T01:00:00-04:00']
    """
    text = pl.col(column).str.strip_chars()
    return (
        text.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T" + clock)
        .str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
        .str.replace(r"(\.\d{6})\d+", "${1}")
        .str.replace(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?)$", "${1}Z")
    )


def release_columns(
    releases: Sequence[Release], places: Sequence[str], tenders: list[Tender]
) -> pl.DataFrame:
    """One row per release."""
    buyers = [r.buyer or _NO_PARTY for r in releases]
    agencies = [t.procuring_entity or _NO_PARTY for t in tenders]
    return pl.DataFrame(
        {
            "r": pl.Series(range(len(releases)), dtype=pl.Int64),
            "place": pl.Series(places, dtype=pl.String),
            "ocid": texts(r.ocid for r in releases),
            "released_at": texts(r.date for r in releases),
            "procurement_method": texts(t.procurement_method for t in tenders),
            "category": texts(map(_category, tenders)),
            "buyer": codes(b.id for b in buyers),
            "buyer_name": texts(b.name for b in buyers),
            "agency": codes(a.id for a in agencies),
            "agency_name": texts(a.name for a in agencies),
            "n_lots": pl.Series([len(t.lots or ()) for t in tenders], dtype=pl.Int64),
        }
    ).with_columns(instant("released_at"))


def _category(tender: Tender) -> str | None:
    """The main category, else the division of the first item in a list whose levels are known."""
    if tender.main_procurement_category:
        return tender.main_procurement_category
    kind = tender.items[0].classification if tender.items else None
    if kind is None or kind.id is None or kind.scheme not in ("CPV", "UNSPSC"):
        return None
    return f"{kind.scheme}-{str(kind.id)[:2]}"


def _lot_columns(lots: Sequence[Lot]) -> dict[str, pl.Series]:
    periods = [t.tender_period or _NO_PERIOD for t in lots]
    return {
        "title": texts(t.title for t in lots),
        "status": texts(t.status for t in lots),
        "estimate": amounts(t.value for t in lots),
        "ceiling": amounts(t.maximum_value for t in lots),
        "currency": currencies(t.value or t.maximum_value for t in lots),
        "criteria": texts(t.award_criteria for t in lots),
        "published_at": texts(p.start_date for p in periods),
        "deadline_at": texts(p.end_date for p in periods),
        "opened_at": texts(t.bid_opening.date if t.bid_opening else None for t in lots),
    }


def unit_columns(head: pl.DataFrame, tenders: list[Tender]) -> pl.DataFrame:
    """One row per unit; what a lot does not say, its tender says, sums of money excepted."""
    parts = [t.lots or _ITSELF for t in tenders]
    lots = list(chain.from_iterable(parts))
    where = [i for i, found in enumerate(parts) for _ in found]
    whole = head.with_columns(**_lot_columns(tenders))
    own = pl.DataFrame({"r": pl.Series(where, dtype=pl.Int64), "lot": codes(t.id for t in lots)})
    joined = own.with_columns(**_lot_columns(lots)).join(
        whole, on="r", suffix="_whole", maintain_order="left"
    )
    alone = pl.col("n_lots") <= 1
    inherited = [pl.coalesce(c, f"{c}_whole").alias(c) for c in _lot_columns([]) if c not in _MONEY]
    return joined.with_columns(
        *inherited,
        *(pl.coalesce(c, pl.when(alone).then(f"{c}_whole")).alias(c) for c in _MONEY),
        pl.when(pl.col("lot").is_null())
        .then("ocid")
        .otherwise(pl.format("{}/{}", "ocid", "lot"))
        .alias("tender_id"),
    ).with_columns(instant("published_at"), instant("deadline_at", "23:59:59"), instant("opened_at"))


def bid_columns(releases: Sequence[Release]) -> tuple[pl.DataFrame, list[Bid]]:
    """One row per bid of a release."""
    where, found = flat(releases, lambda r: (r.bids.details if r.bids else None) or ())
    columns = {
        "id": codes(b.id for b in found),
        "submitted_at": texts(b.date for b in found),
        "status": texts(b.status for b in found),
        "rank": pl.Series([b.rank for b in found], dtype=pl.Int64),
        "amount": amounts(b.value for b in found),
        "currency": currencies(b.value for b in found),
        "tenderers": refs(b.tenderers for b in found),
        "lots": id_lists(b.related_lots for b in found),
    }
    return _indexed(where, columns), found


def award_columns(releases: Sequence[Release]) -> tuple[pl.DataFrame, list[Award]]:
    """One row per award of a release."""
    where, found = flat(releases, lambda r: r.awards or ())
    columns = {
        "id": codes(a.id for a in found),
        "awarded_at": texts(a.date for a in found),
        "status": texts(a.status for a in found),
        "amount": amounts(a.value for a in found),
        "currency": currencies(a.value for a in found),
        "suppliers": refs(a.suppliers for a in found),
        "lots": id_lists(a.related_lots for a in found),
        "related": id_lists(a.related_bids for a in found),
    }
    return _indexed(where, columns), found


def _indexed(where: list[int], columns: dict[str, pl.Series]) -> pl.DataFrame:
    """Columns of parts with the position `r` of their release and their own position `at`."""
    index = pl.Series("r", where, dtype=pl.Int64)
    return pl.DataFrame({"r": index, "at": pl.Series(range(len(where)), dtype=pl.Int64), **columns})


def party_columns(releases: Sequence[Release]) -> pl.DataFrame:
    """One row per release and party; `bidder_id` is the public identifier where there is one."""
    where, found = flat(releases, lambda r: r.parties or ())
    ids, places = [p.identifier for p in found], [p.address for p in found]
    frame = pl.DataFrame(
        {
            "r": pl.Series(where, dtype=pl.Int64),
            "party": codes(p.id for p in found),
            "name": texts(p.name or (p.identifier.legal_name if p.identifier else None) for p in found),
            "bids": pl.Series([_bids_or_wins(p) for p in found], dtype=pl.Boolean),
            "id_scheme": texts(i.scheme if i else None for i in ids),
            "public": codes(i.id if i else None for i in ids),
            "region": texts(a.region if a else None for a in places),
            "country": texts((a.country or a.country_name) if a else None for a in places),
            "street": texts(a.street_address if a else None for a in places),
            "locality": texts(a.locality if a else None for a in places),
            "at": pl.Series(range(len(found)), dtype=pl.Int64),
        }
    )
    public = pl.format("{}-{}", "id_scheme", "public")
    return frame.with_columns(bidder_id=pl.coalesce(public, "party")).unique(
        ["r", "party"], keep="last", maintain_order=True
    )


def _bids_or_wins(party: Party) -> bool:
    return not {"tenderer", "supplier"}.isdisjoint(party.roles or ())


def contact_columns(found: Sequence[Party]) -> pl.DataFrame:
    """One row per party, kind and value of its contact points."""
    points: list[tuple[int, Contact]] = [
        (i, c)
        for i, p in enumerate(found)
        for c in (p.contact_point, *(p.additional_contact_points or ()))
        if c is not None
    ]
    wide = pl.DataFrame(
        {
            "at": pl.Series([i for i, _ in points], dtype=pl.Int64),
            "phone": codes(c.telephone for _, c in points),
            "email": texts(c.email for _, c in points),
        }
    )
    return wide.unpivot(["phone", "email"], index="at", variable_name="kind").drop_nulls("value")
