"""A contracting process as the indicators look at it: offers, awards, the one winner."""

import math

import msgspec

from detect.cardinal.release import Award, Bid, Bids, Party, Release, Tender

FINAL = frozenset({"active", "cancelled", "unsuccessful"})
NOT_SUBMITTED = frozenset({"invited", "withdrawn"})
_NO_TENDER, _NO_BIDS, _NO_PARTY = Tender(), Bids(), Party()


class Offer(msgspec.Struct, gc=False):
    """A bid that says its status.

    `firms` are the ids of its tenderers; `sole` is the id of a tenderer who is alone. `price` is there only
    with a currency. `submitted` says whether it is pending, valid, disqualified, or of an unknown status.
    """

    status: str
    submitted: bool
    firms: list[str]
    sole: str | None
    price: float | None
    currency: str
    date: object


class Process(msgspec.Struct, gc=False):
    """One contracting process.

    `active` are its awards in force. `final` says that no award is pending or of an unknown status.
    `winner` is the one supplier of the one award in force, in a process whose awards are final.
    """

    ocid: str
    tender: Tender
    buyer: Party
    offers: list[Offer]
    active: list[Award]
    final: bool
    winner: str | None
    compares: bool


def process(release: Release, ocid: str, *, compares: bool) -> Process:
    """The process of a release; `compares` says whether its prices may be compared."""
    details = (release.bids or _NO_BIDS).details or ()
    offers = [_offer(bid, bid.status) for bid in details if isinstance(bid.status, str)]
    active, final = [], True
    for award in release.awards or ():
        if award.status == "active":
            active.append(award)
        elif isinstance(award.status, str) and award.status not in FINAL:
            final = False
    winner = sole(active[0].suppliers) if final and len(active) == 1 else None
    tender, buyer = release.tender or _NO_TENDER, release.buyer or _NO_PARTY
    return Process(ocid, tender, buyer, offers, active, final, winner, compares)


def ids(parties: list[Party] | None) -> list[str]:
    """Those ids that are texts."""
    return [party.id for party in parties or () if isinstance(party.id, str)]


def sole(parties: list[Party] | None) -> str | None:
    """The id of a party who is alone."""
    return found[0] if parties and len(parties) == 1 and (found := ids(parties)) else None


def _offer(bid: Bid, status: str) -> Offer:
    parties = bid.tenderers or ()
    firms = [party.id for party in parties if isinstance(party.id, str)]
    alone = firms[0] if firms and len(parties) == 1 else None
    price, currency = (None, "") if bid.value is None else _price(bid.value.amount, bid.value.currency)
    return Offer(status, status not in NOT_SUBMITTED, firms, alone, price, currency, bid.date)


def _price(amount: object, currency: object) -> tuple[float | None, str]:
    if not isinstance(currency, str) or type(amount) not in (int, float):
        return None, ""
    try:
        price = float(amount)  # type: ignore[arg-type]
    except OverflowError:
        return None, ""
    return (price, currency) if math.isfinite(price) else (None, "")
