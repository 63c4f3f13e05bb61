"""The data contract: what a market is made of.

Sixteen kinds of fact and the reference lists, each a dataframely schema; together a `Market`.
Money is a decimal with six places, times are instants in UTC, every row says which import batch
and which source record it came from. `tender_id` names the unit that is awarded on its own: a lot
where there are lots, otherwise the tender. This file cannot use postponed annotations: dataframely
reads the collection's annotations as types.
"""

from enum import StrEnum
from typing import Any

import dataframely as dy
import polars as pl

MONEY = pl.Decimal(38, 6)
INSTANT = pl.Datetime("us", "UTC")


class Mechanism(StrEnum):
    """How the contract is awarded; decides which price rules mean anything (rules 0.4)."""

    LOWEST = "lowest"
    MEAN_BENCHMARK = "mean_benchmark"
    SCORED = "scored"
    RATE = "rate"
    FIXED = "fixed"
    LOTTERY = "lottery"
    AUCTION = "auction"


class BidStatus(StrEnum):
    """What became of a bid before evaluation."""

    VALID = "valid"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"
    PENDING = "pending"


class Listing(StrEnum):
    """Reference lists that explain a shared value away."""

    SHARED_NETWORK = "shared_network"
    CENTRE_DEVICE = "centre_device"
    PLATFORM_ACCOUNT = "platform_account"
    BUYER_FILE = "buyer_file"
    SENTINEL = "sentinel"


def _money(**options: Any) -> dy.Decimal:
    return dy.Decimal(38, 6, nullable=True, **options)


def _zh(name: str) -> dict[str, Any]:
    """What a column is called in Chinese, for columns that rules read and findings show."""
    return {"zh": name}


def _instant(description: str = "") -> dy.Datetime:
    return dy.Datetime(nullable=True, time_zone="UTC", description=description)


class Record(dy.Schema):
    """Provenance that every row carries."""

    batch_id = dy.String(description="import batch; `batches` tells file, checksum and time")
    source_table = dy.String(nullable=True, description="table or file part within the batch")
    source_record = dy.String(nullable=True, description="record id or line within that table")


class Tenders(Record):
    """One row per lot (or per tender without lots)."""

    tender_id = dy.String(primary_key=True)
    procedure_id = dy.String(nullable=True, description="groups the lots of one procedure")
    title = dy.String(nullable=True)
    jurisdiction = dy.String(
        nullable=True, description="country or country-region, e.g. CN-62", metadata=_zh("法域")
    )
    region = dy.String(nullable=True)
    category = dy.String(nullable=True)
    buyer_id = dy.String(nullable=True)
    buyer_name = dy.String(nullable=True)
    agency_id = dy.String(nullable=True)
    agency_name = dy.String(nullable=True)
    procurement_method = dy.String(
        nullable=True, description="open, selective, limited or direct", metadata=_zh("采购方式")
    )
    mechanism = dy.Enum(Mechanism, nullable=True, metadata=_zh("评标办法"))
    mechanism_detail = dy.String(nullable=True, description="formula and drawn values as JSON")
    mandatory = dy.Bool(
        nullable=True, description="must by law be tendered", metadata=_zh("是否依法必须招标")
    )
    currency = dy.String(nullable=True, regex="^[A-Z]{3}$", metadata=_zh("币种"))
    estimate = _money(min=0, metadata=_zh("预算价"))
    ceiling = _money(min=0, metadata=_zh("最高限价"))
    base_price = _money(min=0, description="标底: the buyer's own price, confidential until the opening")
    published_at = _instant()
    documents_from = _instant("tender documents are sold or handed out from here")
    documents_to = _instant("to here")
    prequalification_from = _instant("prequalification documents are sold or handed out from here")
    prequalification_to = _instant("to here")
    clarified_at = _instant("last clarification or change that may affect the making of bids")
    deadline_at = _instant("end of the bid period; history features read only what came before")
    opened_at = _instant()
    evaluation_from = _instant("the committee begins")
    evaluation_to = _instant("the committee signs its report")
    publicity_from = _instant("candidates are made public")
    publicity_to = _instant("end of the time for objections to them")
    closed_at = _instant("the moment the outcome was known")
    round = dy.Int32(
        nullable=True, min=1, description="1, or higher where earlier calls failed", metadata=_zh("招标轮次")
    )
    retender_of = dy.String(nullable=True, description="tender_id of the call that failed before")
    status = dy.String(nullable=True, description="active, complete, cancelled, unsuccessful")


class Bids(Record):
    """One row per bid."""

    bid_id = dy.String(primary_key=True)
    tender_id = dy.String()
    bidder_id = dy.String(description="lead bidder of a consortium")
    amount = _money(min_exclusive=0, metadata=_zh("报价"))
    currency = dy.String(nullable=True, regex="^[A-Z]{3}$", metadata=_zh("币种"))
    status = dy.Enum(BidStatus, nullable=True, metadata=_zh("投标状态"))
    status_reason = dy.String(nullable=True)
    rank = dy.Int32(nullable=True, min=1)
    won = dy.Bool(nullable=True)
    submitted_at = _instant()


class ConsortiumMembers(Record):
    """Every member of a joint bid, the lead included; absent for single bids."""

    bid_id = dy.String(primary_key=True)
    bidder_id = dy.String(primary_key=True)
    tender_id = dy.String()


class Bidders(Record):
    """One row per firm that bids, wins or is named."""

    bidder_id = dy.String(primary_key=True)
    name = dy.String(nullable=True)
    id_scheme = dy.String(nullable=True, description="e.g. CN-USCI, DO-RPE")
    id_valid = dy.Bool(nullable=True, description="check character; null where unknown")
    kind = dy.String(nullable=True, description="company, state_owned, consortium, person")
    region = dy.String(nullable=True)
    founded_on = dy.Date(nullable=True)
    capital = _money(min=0)
    insured_staff = dy.Int32(nullable=True, min=0)


class Identifiers(Record):
    """The long table of traces, accounts, people, contacts and shareholders.

    A row with a `tender_id` speaks of that bid; one without speaks of the firm while
    `valid_from <= t < valid_to`. `value_hash` is a keyed hash of the normalised value; kinds of one
    family hash alike (see `records.kinds.Kind`).
    """

    bidder_id = dy.String()
    tender_id = dy.String(nullable=True)
    kind = dy.String()
    value_hash = dy.String(min_length=32, max_length=32)
    display = dy.String(nullable=True, description="the value, masked where personal")
    observed_at = _instant("when it happened: upload, payment, download, issue")
    sequence = dy.Int64(
        nullable=True,
        description="number of the event in the series of this value, e.g. of a transaction at its branch",
    )
    valid_from = _instant()
    valid_to = _instant()


class Relations(Record):
    """How parties, firms and people alike, stand to each other; read as "`from_id` owns `to_id`".

    `owns`, `controls`, `manages` (firms), `state_owned_by`; `employs` (a firm its staff, among them
    experts; former employment has ended in `valid_to`), `recused_from` (an expert from a firm) and
    `related_to` (declared kinship or interest). `share` belongs to `owns` and `state_owned_by`.
    """

    from_id = dy.String(primary_key=True)
    to_id = dy.String(primary_key=True)
    kind = dy.String(
        primary_key=True,
        description="owns, controls, manages, state_owned_by, employs, recused_from, related_to",
    )
    share = dy.Float64(nullable=True, min=0, max=1)
    valid_from = _instant()
    valid_to = _instant()


class BillItems(Record):
    """Priced bill of quantities."""

    bid_id = dy.String(primary_key=True)
    line_no = dy.Int32(primary_key=True)
    tender_id = dy.String()
    bidder_id = dy.String()
    code = dy.String(nullable=True)
    name = dy.String(nullable=True)
    unit = dy.String(nullable=True)
    quantity = _money(min=0)
    unit_price = _money()
    amount = _money()
    noncompetitive = dy.Bool(nullable=True)


class Documents(Record):
    """Files that came with a bid or a tender."""

    document_id = dy.String(primary_key=True)
    tender_id = dy.String()
    bidder_id = dy.String(nullable=True)
    kind = dy.String(nullable=True)
    sha256 = dy.String(nullable=True)
    size_bytes = dy.Int64(nullable=True, min=0)
    pages = dy.Int32(nullable=True, min=0)
    author = dy.String(nullable=True)
    producer = dy.String(nullable=True)
    created_at = _instant()
    modified_at = _instant()


class Amendments(Record):
    """Clarifications, changes and postponements of a tender after its publication."""

    amendment_id = dy.String(primary_key=True)
    tender_id = dy.String()
    kind = dy.String(nullable=True, description="clarification, change, postponement")
    touches = dy.String(
        nullable=True,
        description="what it speaks of, joined by ;: qualification, scoring, ceiling, scope, deadline, other",
    )
    affects_bids = dy.Bool(nullable=True, description="may affect the making of bids (条例 21)")
    published_at = _instant()
    new_deadline_at = _instant("deadline from then on, where it moves")


class Panels(Record):
    """One row per expert drawn for a tender, those who were replaced included."""

    tender_id = dy.String(primary_key=True)
    expert_id = dy.String(primary_key=True)
    role = dy.String(nullable=True, description="chair, expert, buyer")
    speciality = dy.String(nullable=True, description="the list that the expert was drawn from")
    pool_size = dy.Int32(nullable=True, min=1, description="experts on that list who could be drawn")
    draw_round = dy.Int32(nullable=True, min=1, description="2 and more where the draw was repeated")
    draw_rank = dy.Int32(nullable=True, min=1, description="place of the expert in the list, 1 to pool_size")
    drawn_at = _instant()
    replaced = dy.Bool(nullable=True, description="drawn, but another took the seat")
    started_at = _instant()
    finished_at = _instant()


class ExpertScores(Record):
    """One expert's mark for one item of one bid."""

    tender_id = dy.String(primary_key=True)
    bidder_id = dy.String(primary_key=True)
    expert_id = dy.String(primary_key=True)
    item = dy.String(primary_key=True)
    item_group = dy.String(nullable=True)
    objective = dy.Bool(nullable=True)
    max_score = dy.Float64(nullable=True, min=0)
    score = dy.Float64(nullable=True)


class Awards(Record):
    """Award decisions; `changed_from` names the award that this one replaces."""

    award_id = dy.String(primary_key=True)
    tender_id = dy.String()
    bidder_id = dy.String()
    amount = _money(min=0)
    currency = dy.String(nullable=True, regex="^[A-Z]{3}$")
    status = dy.String(nullable=True)
    awarded_at = _instant()
    changed_from = dy.String(nullable=True)
    change_reason = dy.String(nullable=True)


class Contracts(Record):
    """Contracts as signed and as changed; `changed_from` names the contract that this one replaces."""

    contract_id = dy.String(primary_key=True)
    tender_id = dy.String()
    bidder_id = dy.String(nullable=True)
    award_id = dy.String(nullable=True)
    amount = _money(min=0)
    currency = dy.String(nullable=True, regex="^[A-Z]{3}$")
    signed_at = _instant()
    status = dy.String(nullable=True)
    changed_from = dy.String(nullable=True)
    change_reason = dy.String(nullable=True)


class Subcontracts(Record):
    """Work passed on after award."""

    subcontract_id = dy.String(primary_key=True)
    tender_id = dy.String(nullable=True)
    from_id = dy.String()
    to_id = dy.String()
    amount = _money()
    signed_at = _instant()


class Payments(Record):
    """Money between parties."""

    payment_id = dy.String(primary_key=True)
    tender_id = dy.String(nullable=True)
    from_id = dy.String()
    to_id = dy.String()
    amount = _money()
    paid_at = _instant()
    memo = dy.String(nullable=True)


class Decisions(Record):
    """Labels: what somebody decided, how sure that is, and when it became known."""

    decision_id = dy.String(primary_key=True)
    tender_id = dy.String(nullable=True)
    bidder_id = dy.String(nullable=True)
    kind = dy.String(description="court, penalty, committee, referral, reviewer, explained, study")
    collusive = dy.Bool()
    strength = dy.Float64(min=0, max=1)
    known_at = _instant()
    basis = dy.String(nullable=True)


class KnownValues(Record):
    """Reference lists: values whose sharing has a known, innocent reason."""

    listing = dy.Enum(Listing, primary_key=True)
    kind = dy.String(primary_key=True)
    value_hash = dy.String(primary_key=True)
    display = dy.String(nullable=True)
    owner = dy.String(nullable=True, description="who answers for this entry")
    reason = dy.String(nullable=True)
    valid_from = _instant()
    valid_to = _instant()


class Market(dy.Collection):
    """All records of a market at one moment."""

    tenders: dy.LazyFrame[Tenders]
    bids: dy.LazyFrame[Bids]
    consortium_members: dy.LazyFrame[ConsortiumMembers]
    bidders: dy.LazyFrame[Bidders]
    identifiers: dy.LazyFrame[Identifiers]
    relations: dy.LazyFrame[Relations]
    bill_items: dy.LazyFrame[BillItems]
    documents: dy.LazyFrame[Documents]
    amendments: dy.LazyFrame[Amendments]
    panels: dy.LazyFrame[Panels]
    expert_scores: dy.LazyFrame[ExpertScores]
    awards: dy.LazyFrame[Awards]
    contracts: dy.LazyFrame[Contracts]
    subcontracts: dy.LazyFrame[Subcontracts]
    payments: dy.LazyFrame[Payments]
    decisions: dy.LazyFrame[Decisions]
    known_values: dy.LazyFrame[KnownValues]


SCHEMAS: dict[str, type[Record]] = Market.member_schemas()  # type: ignore[assignment]


def market_of(**frames: pl.LazyFrame | pl.DataFrame) -> Market:
    """Make a market from the tables that exist; the others are empty, absent columns are null.

    >>> m = market_of(tenders=pl.DataFrame({"tender_id": ["T1"], "batch_id": ["b"]}))
    >>> m.tenders.collect()["mechanism"].to_list(), m.bids.collect().height
    ([None], 0)
    """
    unknown = sorted(set(frames) - set(SCHEMAS))
    if unknown:
        raise ValueError(f"A market has no table {unknown}; it has {sorted(SCHEMAS)}.")
    tables = {name: _conformed(name, frames.get(name)) for name in SCHEMAS}
    return Market.cast(tables)  # type: ignore[type-var]  # some in memory, some not


def _conformed(name: str, frame: pl.LazyFrame | pl.DataFrame | None) -> pl.LazyFrame | pl.DataFrame:
    """As `conform`, and in memory what is there: each query on a table works a lazy cast out again."""
    made = conform(name, frame)
    return made if isinstance(frame, pl.LazyFrame) else made.collect()


def conform(name: str, frame: pl.LazyFrame | pl.DataFrame | None) -> pl.LazyFrame:
    """Give a frame exactly the columns of table `name`, absent ones null, types as contracted."""
    schema = SCHEMAS[name]
    if frame is None:
        return schema.create_empty(lazy=True)
    have = frame.lazy().collect_schema()
    return frame.lazy().select(
        (pl.col(c) if c in have else pl.lit(None)).cast(column.dtype).alias(c)
        for c, column in schema.columns().items()
    )
