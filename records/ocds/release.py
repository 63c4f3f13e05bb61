"""The parts of an OCDS release that bidlens reads."""

from decimal import Decimal

import msgspec

Code = int | str | None
"""Identifiers are text by the standard; publishers also write numbers."""


class Part(msgspec.Struct, rename="camel", gc=False):
    """A part of a release; fields that are not named here are skipped while decoding."""


class Value(Part):
    """Money. `Decimal` is decoded from the digits themselves, never through a float."""

    amount: Decimal | None = None
    currency: str | None = None


class Period(Part):
    """A period of time."""

    start_date: str | None = None
    end_date: str | None = None


class Reference(Part):
    """A party named where it acts."""

    id: Code = None
    name: str | None = None


class Identifier(Part):
    """The public identifier of a party."""

    scheme: str | None = None
    id: Code = None
    legal_name: str | None = None


class Address(Part):
    """An address."""

    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    country: str | None = None
    country_name: str | None = None


class Contact(Part):
    """How to reach a party."""

    telephone: Code = None
    email: str | None = None


class Party(Part):
    """A party with its particulars."""

    id: Code = None
    name: str | None = None
    roles: list[str] | None = None
    identifier: Identifier | None = None
    address: Address | None = None
    contact_point: Contact | None = None
    additional_contact_points: list[Contact] | None = None


class Classification(Part):
    """What an item is."""

    scheme: str | None = None
    id: Code = None


class Item(Part):
    """An item to be bought."""

    classification: Classification | None = None


class Opening(Part):
    """The opening of the bids."""

    date: str | None = None


class Lot(Part):
    """A part of a tender that is awarded on its own."""

    id: Code = None
    title: str | None = None
    status: str | None = None
    value: Value | None = None
    maximum_value: Value | None = None
    award_criteria: str | None = None
    tender_period: Period | None = None
    bid_opening: Opening | None = None


class Amendment(Part):
    """A change to what was published."""

    id: Code = None
    date: str | None = None


class Tender(Lot):
    """The invitation to bid."""

    procurement_method: str | None = None
    main_procurement_category: str | None = None
    procuring_entity: Reference | None = None
    items: list[Item] | None = None
    lots: list[Lot] | None = None
    amendments: list[Amendment] | None = None


class Bid(Part):
    """A bid."""

    id: Code = None
    date: str | None = None
    status: str | None = None
    value: Value | None = None
    tenderers: list[Reference] | None = None
    related_lots: list[Code] | None = None
    rank: int | None = None


class Bids(Part):
    """The bids extension."""

    details: list[Bid] | None = None


class Award(Part):
    """An award decision."""

    id: Code = None
    date: str | None = None
    status: str | None = None
    value: Value | None = None
    suppliers: list[Reference] | None = None
    related_lots: list[Code] | None = None
    related_bids: list[Code] | None = None


class Transaction(Part):
    """A payment under a contract."""

    id: Code = None
    date: str | None = None
    value: Value | None = None
    payer: Reference | None = None
    payee: Reference | None = None


class Implementation(Part):
    """What became of a contract."""

    transactions: list[Transaction] | None = None


class Contract(Part):
    """A contract as signed."""

    id: Code = None
    award_id: Code = msgspec.field(default=None, name="awardID")
    date_signed: str | None = None
    status: str | None = None
    value: Value | None = None
    implementation: Implementation | None = None


class Release(Part):
    """One release, compiled or not."""

    ocid: str | None = None
    date: str | None = None
    buyer: Reference | None = None
    tender: Tender | None = None
    parties: list[Party] | None = None
    bids: Bids | None = None
    awards: list[Award] | None = None
    contracts: list[Contract] | None = None


class Document(Release):
    """Anything a file or a line may hold: release, record, release package, record package."""

    compiled_release: Release | None = None
    releases: list["Document"] | None = None
    records: list["Document"] | None = None
