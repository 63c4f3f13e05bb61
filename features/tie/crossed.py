"""What one bidder shows in one role and another bidder of the tender in another role.

Kinds of one family hash alike (`records.kinds`), so an account that paid for one bidder is known again where
another is refunded, and an agent of one where the other names its manager. Equal kinds are `shared_values`.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame
from features.hashed import hashed
from features.tie.first_shown import holder_steps, since, with_holders
from records.kinds import KINDS

Pairs = frozenset[tuple[str, str]]


class Crossing(NamedTuple):
    """One column: kinds that cross, in either order, and what equality of their values means."""

    pairs: Pairs
    en: str
    zh: str


def _pairs(ones: Iterable[str], others: Iterable[str]) -> Pairs:
    told = {(one, other) for one in ones for other in others if one != other}
    return frozenset(told | {(other, one) for one, other in told})


_HANDLERS = ("agent", "operator")
_OWNERS = ("shareholder", "director", "legal_rep")
_STAFF = ("legal_rep", "director", "project_manager", "team_member", "ca_handler")

CROSSINGS: dict[str, Crossing] = {
    "crossed_deposit": Crossing(
        _pairs(["deposit_account"], ["basic_account", "guarantee_account", "purchase_account"])
        | _pairs(["deposit_payer"], [*_HANDLERS, *_STAFF, "shareholder", "ca_subject", "insured_by"]),
        "Accounts or payers behind the deposit of one bidder that the other shows in another role.",
        "一方保证金账户或付款人在另一方以其他身份出现数"),
    "crossed_refund": Crossing(
        _pairs(["refund_account"], ["deposit_account", "basic_account"]),
        "Accounts that took the refund of one bidder and are the basic or paying account of the other.",
        "一方退款账户即另一方基本账户或付款账户数"),
    "crossed_collector": Crossing(
        _pairs(["refund_collector"], [*_HANDLERS, *_STAFF, "deposit_payer"]),
        "People who collected the refund of one bidder and act for the other in another role.",
        "一方领退人在另一方任其他职务的人数"),
    "crossed_guarantee": Crossing(
        _pairs(["guarantee_account"], ["basic_account", "refund_account", "purchase_account"]),
        "Accounts that paid for the guarantee of one bidder and belong to the other in another role.",
        "一方保费账户在另一方以其他身份出现数"),
    "crossed_proposer": Crossing(
        _pairs(["guarantee_proposer"], ["phone", "registration_phone"]),
        "Telephones in the guarantee of one bidder that the other has on record as its own.",
        "一方保函申请电话即另一方登记电话数"),
    "crossed_purchase": Crossing(
        _pairs(["purchase_account"], ["basic_account", "refund_account"]),
        "Accounts that bought the documents for one bidder and belong to the other in another role.",
        "一方购标账户在另一方以其他身份出现数"),
    "crossed_handler": Crossing(
        _pairs(["agent"], ["operator"]),
        "People who are the agent of one bidder and handled the bid of the other.",
        "一方委托代理人经办另一方投标的人数"),
    "crossed_person": Crossing(
        _pairs(_HANDLERS, _STAFF),
        "Agents and handlers of one bidder who hold another post at, or in the bid of, the other.",
        "一方代理人或经办人在另一方任其他职务的人数"),
    "crossed_employer": Crossing(
        _pairs(["insured_by"], ["ca_subject"]),
        "Employers that insure staff of one bidder and are the firm that the other's certificate names.",
        "一方人员社保由另一方缴纳数"),
    "crossed_owner": Crossing(
        _pairs(_OWNERS, _OWNERS),
        "People and firms that own or direct both bidders, in different roles.",
        "以不同身份持股或任职于双方的主体数"),
    "crossed_contact": Crossing(
        _pairs(["phone"], ["registration_phone"]) | _pairs(["email"], ["registration_email"]),
        "Telephones and e-mails of one bidder that the other gave at its registration.",
        "一方联系方式即另一方登记联系方式数"),
}  # fmt: skip
"""Column by column. A bidder's own code is not hashed as such: it shows as the firm that its certificate
names, or as the employer of its own staff."""

COUNTED = ("crossed_proposer", "crossed_employer", "crossed_owner", "crossed_contact")
"""Crossings whose value may be that of a service; their rarity counts."""

_KINDS = sorted({kind for c in CROSSINGS.values() for pair in c.pairs for kind in pair})
_FAMILY = pl.coalesce(
    pl.when(pl.col("kind").is_in([k for k in _KINDS if KINDS[k].family == family])).then(pl.lit(family))
    for family in sorted({KINDS[k].family for k in _KINDS})
)
"""The family of a crossing kind. Each row tells its own, so that few rows wait in memory at once."""
_PERSONAL = [k for k in _KINDS if KINDS[k].personal]
_VALUE = ["family", "value_hash"]
_MARK = hashed(*_VALUE).alias("mark")
_PAIR = list(KEYS[Grain.TIE])


def crosses(name: str) -> pl.Expr:
    """Whether a row of `crossed_values` belongs to a crossing, by `kind` and `kind_b`."""
    told = sorted(f"{one} {other}" for one, other in CROSSINGS[name].pairs)
    return pl.concat_str("kind", "kind_b", separator=" ").is_in(told).fill_null(False)


@frame(reach=Reach.PARTIES)
def crossing_marks(identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """Hashes `mark` of a family and a value that two firms or more showed, under two kinds or more.

    A value that slips through by collision crosses nothing afterwards.
    """
    return (
        _in_families(identifiers)
        .select(_MARK, firm=pl.col("bidder_id").hash(), role=pl.col("kind").hash())
        .group_by("mark")
        .agg(one=pl.col("firm").min() < pl.col("firm").max(), two=pl.col("role").min() < pl.col("role").max())
        .filter("one", "two")
        .select("mark")
    )


@frame(reach=Reach.PARTIES)
def crossing_values(identifiers: pl.LazyFrame, crossing_marks: pl.LazyFrame) -> pl.LazyFrame:
    """Identifiers of the crossing kinds whose value crosses; adds `family`."""
    told = _in_families(identifiers).with_columns(_MARK)
    return told.join(crossing_marks, on="mark", how="semi").drop("mark")


@frame(reach=Reach.TENDER)
def crossing_roles(crossing_values: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender, firm behind a bid, kind and crossing value that was in force at the deadline.

    Of several events with one value the first on record stands for them.
    """
    entered = entries.select("tender_id", "bidder_id", "deadline_at")
    places = (pl.col(c).fill_null("") for c in ("batch_id", "source_table", "source_record"))
    told = crossing_values.with_columns(record=pl.format("{}:{}:{}", *places))
    of_bid = told.filter(pl.col("tender_id").is_not_null()).join(entered, on=["tender_id", "bidder_id"])
    begun = (since() <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("valid_to") <= pl.col("deadline_at")).fill_null(False)
    of_firm = told.filter(pl.col("tender_id").is_null()).drop("tender_id")
    of_firm = of_firm.join(entered, on="bidder_id").filter(begun & ~ended)
    columns = ("tender_id", "bidder_id", "kind", *_VALUE, "display", "observed_at", "deadline_at", "record")
    both = pl.concat([of_bid.select(columns), of_firm.select(columns)])
    first = both.sort("observed_at", "record", "display", nulls_last=True)
    return first.unique(["tender_id", "bidder_id", "kind", *_VALUE], keep="first")


@frame(reach=Reach.PARTIES)
def crossing_holders(first_shown: pl.LazyFrame, crossing_marks: pl.LazyFrame) -> pl.LazyFrame:
    """The `holder_steps` of every family and value that crosses."""
    told = _in_families(first_shown).with_columns(_MARK).join(crossing_marks, on="mark", how="semi")
    firsts = told.group_by("bidder_id", *_VALUE).agg(pl.col("shown_at").min())
    return holder_steps(firsts, _VALUE)


@frame(reach=Reach.PARTIES)
def crossed_values(
    crossing_roles: pl.LazyFrame,
    crossing_holders: pl.LazyFrame,
    bid_partners: pl.LazyFrame,
    known_values: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per tender, pair of bidders and value that they hold in two roles which cross.

    The columns of `shared_values`, without `minutes_apart` and `numbers_apart`; `kind` is the role of bidder
    a and `kind_b` that of bidder b. A list entry counts for every kind of its family.
    """
    one = crossing_roles.rename({"bidder_id": "bidder_a", "observed_at": "observed_a", "record": "record_a"})
    other = crossing_roles.select(
        "tender_id", *_VALUE, bidder_b="bidder_id", kind_b="kind", shown_b="display",
        observed_b="observed_at", record_b="record",
    )  # fmt: skip
    met = one.join(other, on=["tender_id", *_VALUE]).filter(
        pl.col("bidder_a") < pl.col("bidder_b"), pl.any_horizontal(crosses(name) for name in CROSSINGS)
    )
    masked = pl.when(pl.col("kind").is_in(_PERSONAL)).then("display").otherwise("shown_b")
    key = ["tender_id", *_VALUE]
    return (
        met.with_columns(display=masked).drop("shown_b")
        .pipe(with_holders, crossing_holders, _VALUE)
        .join(_listed(met, known_values), on=key, how="left")
        .join(bid_partners.with_columns(joint_bid=pl.lit(True)), on=_PAIR, how="left")
        .with_columns(pl.col("joint_bid").fill_null(False))
    )  # fmt: skip


def _in_families(told: pl.LazyFrame) -> pl.LazyFrame:
    return told.filter(pl.col("kind").is_in(_KINDS)).with_columns(family=_FAMILY)


def _listed(met: pl.LazyFrame, known_values: pl.LazyFrame) -> pl.LazyFrame:
    """The reference list that knew a crossing value at the deadline, under any kind of its family."""
    begun = (pl.col("valid_from") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("valid_to") <= pl.col("deadline_at")).fill_null(False)
    lists = known_values.filter(pl.col("kind").is_in(_KINDS)).select(
        _FAMILY.alias("family"), "value_hash", "listing", "valid_from", "valid_to"
    )
    return (
        met.select("tender_id", *_VALUE, "deadline_at").unique()
        .join(lists, on=_VALUE)
        .filter(begun & ~ended)
        .group_by("tender_id", *_VALUE).agg(pl.col("listing").cast(pl.String).min())
    )  # fmt: skip


def _comparable(name: str) -> pl.Expr:
    """Whether some bidder of the tender shows a kind of the crossing that another can answer to."""
    told = [
        (pl.col(f"known_{one}") >= 1)
        & (pl.col(f"known_{other}") >= 1)
        & (pl.col(f"known_{one}") + pl.col(f"known_{other}") >= 3)
        for one, other in sorted(CROSSINGS[name].pairs)
        if one < other
    ]
    return pl.any_horizontal(told)


@block(
    Grain.TIE,
    {
        **{
            name: Column(c.en, c.zh, "values", "both kinds are on record for the tender",
                         absent=pl.when(_comparable(name)).then(0))
            for name, c in CROSSINGS.items()
        },
        **{
            f"holders_{name}": Column(
                f"{CROSSINGS[name].en.removesuffix('.')}: bidders that had shown the rarest by the deadline.",
                f"{CROSSINGS[name].zh.removesuffix('数')}：持有人数", "bidders", "a value crosses",
            )
            for name in COUNTED
        },
    },
    reach=Reach.TENDER,
)  # fmt: skip
def crossed(crossed_values: pl.LazyFrame, identifier_coverage: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tie that a value crosses; all others have none, or nothing to compare."""
    wide = crossed_values.group_by(_PAIR).agg(
        *(
            pl.struct(_VALUE).filter(crosses(name)).n_unique().cast(pl.Int64).alias(name)
            for name in CROSSINGS
        ),
        *(pl.col("holders").filter(crosses(name)).min().alias(f"holders_{name}") for name in COUNTED),
    )
    told = wide.join(identifier_coverage, on="tender_id", how="left")
    found = (pl.when((pl.col(name) > 0) | _comparable(name)).then(name).alias(name) for name in CROSSINGS)
    return told.select(*_PAIR, *found, *(f"holders_{name}" for name in COUNTED))
