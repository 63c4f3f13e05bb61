"""What the indicators read of an OCDS compiled release, and how a line becomes that.

Field names are those of the standard, in Python's case. A member of another kind than the standard's counts
as absent, as does everything below it.
"""

from typing import Any, TypeVar

import msgspec


class Part(msgspec.Struct, rename="camel", gc=False):
    """An object of a release; leaves may be of any kind."""


class Party(Part):
    """A reference to an organization."""

    id: object = None


class Period(Part):
    """Start and end, as written."""

    start_date: object = None
    end_date: object = None


class Tender(Part):
    """The tender of a process."""

    status: object = None
    procurement_method: object = None
    procurement_method_details: object = None
    number_of_tenderers: object = None
    tender_period: Period | None = None
    procuring_entity: Party | None = None


class Price(Part):
    """An amount and its currency."""

    amount: object = None
    currency: object = None


class Bid(Part):
    """One bid."""

    status: object = None
    date: object = None
    value: Price | None = None
    tenderers: list[Party] | None = None


class Bids(Part):
    """All bids of a process."""

    details: list[Bid] | None = None


class Item(Part):
    """An awarded item; a classification has the shape of a party: its id is all that is read."""

    classification: Party | None = None


class Award(Part):
    """One award."""

    status: object = None
    suppliers: list[Party] | None = None
    items: list[Item] | None = None


class Release(Part):
    """One contracting process."""

    ocid: object = None
    tender: Tender | None = None
    bids: Bids | None = None
    awards: list[Award] | None = None
    buyer: Party | None = None


_Kind = TypeVar("_Kind", bound=Part)
_strict = msgspec.json.Decoder(Release)
# Numbers beyond the range of a float are valid JSON.
_any = msgspec.json.Decoder(float_hook=float)


def decode(line: bytes) -> Release:
    """A line as a release; an empty one if it is no JSON object.

    Raises:
        msgspec.DecodeError: it is no JSON.
        UnicodeDecodeError: a text in it is not UTF-8.

    """
    try:
        return _strict.decode(line)
    except msgspec.ValidationError:
        return _release(_any.decode(line))


def _release(given: Any) -> Release:
    found = _object(Release, given)
    tender = _object(Tender, found.tender)
    tender.tender_period = _object(Period, tender.tender_period)
    tender.procuring_entity = _object(Party, tender.procuring_entity)
    bids = _object(Bids, found.bids)
    bids.details = [_bid(bid) for bid in _list(bids.details)]
    awards = [_award(award) for award in _list(found.awards)]
    return Release(found.ocid, tender, bids, awards, _object(Party, found.buyer))


def _bid(given: Any) -> Bid:
    bid = _object(Bid, given)
    bid.value = _object(Price, bid.value)
    bid.tenderers = [_object(Party, tenderer) for tenderer in _list(bid.tenderers)]
    return bid


def _award(given: Any) -> Award:
    award = _object(Award, given)
    award.suppliers = [_object(Party, supplier) for supplier in _list(award.suppliers)]
    award.items = [Item(_object(Party, _object(Item, item).classification)) for item in _list(award.items)]
    return award


def _object(kind: type[_Kind], given: Any) -> _Kind:
    """The members that are known, their own members not yet looked at."""
    if not isinstance(given, dict):
        return kind()
    names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return kind(**{name: given[written] for name, written in names if written in given})


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []
