"""What two bidders in one tender share: accounts, devices, people, contacts.

One rarity-annotated self-join of the long identifier table serves every sharing rule and the
affinity graph.
"""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame
from features.hashed import join_hashed
from features.tie.first_shown import since, with_holders
from features.tie.upload_gap import timed
from records.kinds import KINDS

_PAIR = ("tender_id", "bidder_a", "bidder_b")
_VALUE = ("kind", "value_hash")
MARK = pl.struct(_VALUE).hash().alias("mark")
"""One integer for a kind and a value; see `coded_identifiers` for what it may miss."""

_BITS = {kind: 1 << place for place, kind in enumerate(KINDS)}

AT_ONCE = 40_000_000
"""Rows whose values are counted at once: more would need more memory, and little less time."""


@frame(reach=Reach.TENDER)
def coded_identifiers(identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """The identifier table in integers, which every reader of all its rows would else make from text.

    Columns: the hashes `firm`, `tender` (null where a value is the firm's own) and `mark` (of kind and
    value), `kind`, `observed_at`. Of a bid's value `tender + firm` is the `entry`. Among ten million values
    the chance that any two share a hash is three in a million.
    """
    of_bid = pl.col("tender_id").is_not_null()
    return identifiers.select(
        pl.when(of_bid).then(pl.col("tender_id").hash(1)).alias("tender"),
        pl.col("bidder_id").hash(2).alias("firm"),
        MARK,
        pl.col("kind").cast(pl.Categorical),
        "observed_at",
    )


@frame(reach=Reach.PARTIES)
def repeated_values(coded_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """Hashes of the values that two firms or more have ever shown; the rest ties nobody.

    A value that slips through by collision meets no second firm afterwards.
    """
    portions = 1 + coded_identifiers.select(pl.len()).collect().item() // AT_ONCE
    parts = [
        coded_identifiers.filter(pl.col("mark") % portions == portion)
        .group_by("mark").agg(first=pl.col("firm").min(), last=pl.col("firm").max())
        .filter(pl.col("first") < pl.col("last")).select("mark").collect(engine="streaming")
        for portion in range(portions)
    ]  # fmt: skip
    return pl.concat(parts).lazy()


@frame(reach=Reach.PARTIES)
def repeated_identifiers(identifiers: pl.LazyFrame, repeated_values: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of the identifier table whose value is repeated; few, so that what follows is cheap."""
    return identifiers.with_columns(MARK).join(repeated_values, on="mark", how="semi").drop("mark")


@frame(reach=Reach.TENDER)
def held_values(entries: pl.LazyFrame, repeated_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender, bidder, kind, repeated value and event that speaks of that bidder in that tender.

    Bidders are the firms behind the bids: leads and consortium members. An event is what one row of the
    table tells: a bidder may have shown a value several times.
    Values of a bid belong to its tender; values of a firm belong to every tender whose deadline
    falls within their validity. A tender without a deadline takes every value of its bidders.
    """
    entered = join_hashed(
        entries.select("tender_id", "bidder_id", "deadline_at"),
        repeated_identifiers.select("bidder_id").unique(),
        "bidder_id",
        "semi",
    )
    columns = (
        "tender_id",
        "bidder_id",
        *_VALUE,
        "display",
        "observed_at",
        "sequence",
        "deadline_at",
        "record",
    )
    record = pl.format(
        "{}:{}:{}",
        *(pl.col(c).fill_null("") for c in ("batch_id", "source_table", "source_record")),
    )
    known = repeated_identifiers.with_columns(record.alias("record"))
    of_bid = join_hashed(known.filter(pl.col("tender_id").is_not_null()), entered, ["tender_id", "bidder_id"])
    in_force = pl.col("deadline_at").is_null() | (
        (since() <= pl.col("deadline_at"))
        & (pl.col("valid_to").is_null() | (pl.col("deadline_at") < pl.col("valid_to")))
    )
    of_firm = (
        known.filter(pl.col("tender_id").is_null())
        .drop("tender_id")
        .pipe(join_hashed, entered, "bidder_id")
        .filter(in_force)
    )
    return pl.concat([of_bid.select(columns), of_firm.select(columns)]).unique()


@frame(reach=Reach.PARTIES)
def shared_values(
    held_values: pl.LazyFrame,
    value_holders: pl.LazyFrame,
    bid_partners: pl.LazyFrame,
    known_values: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per tender, pair of bidders, kind and value that both hold.

    Columns: `tender_id, bidder_a < bidder_b, kind, value_hash, display, deadline_at`, `holders`
    (distinct bidders that had shown the value by the tender's deadline, these two included),
    `listing` (reference list that knew the value at the deadline, null if none), `joint_bid` (both
    stand behind one bid and behind no other), `minutes_apart` and `numbers_apart` (least distance of an
    event of either in time and in the series of the value), and of each side's event, of those closest in
    time, `observed_a, observed_b` (when) and `record_a, record_b` (where it stands on record).
    """
    key = ["tender_id", *_VALUE]
    several = held_values.filter(pl.col("bidder_id").n_unique().over(key) >= 2).with_columns(
        once=pl.len().over("bidder_id", *key) == 1
    )
    sides = [
        several.rename({"bidder_id": f"bidder_{side}", "observed_at": f"observed_{side}",
                        "sequence": f"sequence_{side}", "record": f"record_{side}"})
        for side in "ab"
    ]  # fmt: skip
    pairs = _closest(
        sides[0].join(sides[1].drop("display", "deadline_at"), on=key, suffix="_b")
        .filter(pl.col("bidder_a") < pl.col("bidder_b"))
    )  # fmt: skip
    listed = (
        pairs.select(*key, "deadline_at").unique()
        .pipe(join_hashed, known_values.select(*_VALUE, "listing", "valid_from", "valid_to"), _VALUE)
        .filter(
            pl.col("deadline_at").is_null()
            | (
                (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("deadline_at")))
                & (pl.col("valid_to").is_null() | (pl.col("deadline_at") < pl.col("valid_to")))
            )
        )
        .group_by(key).agg(pl.col("listing").cast(pl.String).min())
    )  # fmt: skip
    together = bid_partners.with_columns(joint_bid=pl.lit(True))
    return (
        with_holders(pairs, value_holders, _VALUE)
        .pipe(join_hashed, listed, key, "left")
        .join(together, on=_PAIR, how="left")
        .with_columns(pl.col("joint_bid").fill_null(False))
    )


def _closest(met: pl.LazyFrame) -> pl.LazyFrame:
    """Of all events of either side with one value, the two closest in time; how far apart any two are."""
    time = pl.col("observed_a") - pl.col("observed_b")
    both = timed(pl.col("observed_a")) & timed(pl.col("observed_b"))
    apart = met.with_columns(
        minutes_apart=pl.when(both).then(time.dt.total_seconds(fractional=True).abs() / 60),
        numbers_apart=(pl.col("sequence_a") - pl.col("sequence_b")).abs(),
    ).drop("sequence_a", "sequence_b")
    once = pl.col("once") & pl.col("once_b")
    order = ("minutes_apart", "numbers_apart", "observed_a", "observed_b", "record_a", "record_b", "display")
    closest = (
        apart.filter(~once)
        .with_columns(pl.col("numbers_apart").min().over(*_PAIR, *_VALUE))
        .sort(order, nulls_last=True)
        .unique([*_PAIR, *_VALUE], keep="first")
    )
    return pl.concat([apart.filter(once), closest]).drop("once", "once_b")


@frame(reach=Reach.TENDER)
def known_kinds(
    entries: pl.LazyFrame, identifiers: pl.LazyFrame, coded_identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender and bidder: `kinds`, the kinds in force at the deadline as a set of bits."""
    place = pl.col("kind").cast(pl.Enum(list(_BITS)), strict=False).to_physical()
    bit = pl.lit(2, pl.Int64).pow(place).fill_null(0).cast(pl.Int64).alias("bit")
    any_of = pl.col("bit").bitwise_or()
    bidder = ["tender_id", "bidder_id"]
    entered = entries.select(*bidder, "deadline_at", "entry")
    of_bid = (
        coded_identifiers.select(bit, entry=pl.col("tender") + pl.col("firm")).drop_nulls("entry")
        .group_by("entry").agg(any_of.alias("of_bid"))
    )  # fmt: skip
    begun = (pl.col("since") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("valid_to") <= pl.col("deadline_at")).fill_null(False)
    of_firm = (
        identifiers.filter(pl.col("tender_id").is_null())
        .select("bidder_id", since().alias("since"), "valid_to", bit)
        .group_by("bidder_id", "since", "valid_to").agg(any_of)
        .pipe(join_hashed, entered, "bidder_id")
        .filter(begun & ~ended)
        .group_by("entry").agg(any_of.alias("of_firm"))
    )  # fmt: skip
    kinds = pl.col("of_bid").fill_null(0) | pl.col("of_firm").fill_null(0)
    both = entered.join(of_bid, on="entry", how="left").join(of_firm, on="entry", how="left")
    return both.select(*bidder, kinds=kinds)


def _has(kind: str, kinds: str = "kinds") -> pl.Expr:
    return (pl.col(kinds) & _BITS[kind]) != 0


@block(
    Grain.TENDER,
    {
        f"known_{k.name}": Column(
            f"Number of leading bidders whose {k.en} is on record.", f"{k.zh}有记录的投标人数", "bidders"
        )
        for k in KINDS.values()
    },
    reach=Reach.TENDER,
)
def identifier_coverage(
    tenders: pl.LazyFrame, ordered_bids: pl.LazyFrame, known_kinds: pl.LazyFrame
) -> pl.LazyFrame:
    """For every kind, how many of a tender's leading bidders have a value on record.

    Other members of consortia do not count: two members of one bid are nothing to compare.
    """
    leads = join_hashed(
        known_kinds, ordered_bids.select("tender_id", "bidder_id"), ["tender_id", "bidder_id"], "semi"
    )
    counts = leads.group_by("tender_id").agg(_has(kind).sum().alias(f"known_{kind}") for kind in KINDS)
    return tenders.select("tender_id").join(counts, on="tender_id", how="left").fill_null(0)


@block(
    Grain.TIE,
    {
        **{
            f"shared_{k.name}": Column(
                f"Number of values of {k.en} that both bidders hold.", f"共用{k.zh}数", "values",
                "both bidders have a value on record",
                absent=pl.when(pl.col(f"known_{k.name}") >= 2).then(0),
            )
            for k in KINDS.values()
        },
        **{
            f"holders_{k.name}": Column(
                f"Bidders that had shown the rarest shared {k.en} by the deadline.", f"共用{k.zh}的持有人数",
                "bidders", "a value is shared",
            )
            for k in KINDS.values()
        },
    },
    reach=Reach.TENDER,
)  # fmt: skip
def sharing(shared_values: pl.LazyFrame, known_kinds: pl.LazyFrame) -> pl.LazyFrame:
    """What each pair of bidders in a tender shares; a null count means one side is unknown."""
    of = pl.col("kind")
    wide = shared_values.group_by(_PAIR).agg(
        *((of == kind).sum().alias(f"shared_{kind}") for kind in KINDS),
        *(pl.col("holders").filter(of == kind).min().alias(f"holders_{kind}") for kind in KINDS),
    )
    bidder = ["tender_id", "bidder_id"]
    both = wide.join(known_kinds, left_on=["tender_id", "bidder_a"], right_on=bidder, how="left").join(
        known_kinds, left_on=["tender_id", "bidder_b"], right_on=bidder, how="left", suffix="_b"
    )
    return both.select(
        *_PAIR,
        *(pl.when(_has(k) & _has(k, "kinds_b")).then(f"shared_{k}").alias(f"shared_{k}") for k in KINDS),
        *(f"holders_{kind}" for kind in KINDS),
    )
