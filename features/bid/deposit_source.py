"""Where a bid's deposit came from: the bidder's basic account, another account, or a rival's."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block
from features.hashed import join_hashed
from features.tie.crossed import CROSSINGS, crosses
from features.tie.first_shown import since
from records.tables import Listing

_LISTING = pl.col("listing").cast(pl.String)
_PAYING = ("deposit_account", "deposit_payer")


@block(
    Grain.BID,
    {
        "deposit_elsewhere": Column(
            "Accounts that paid the deposit and are no basic account of the bidder at the deadline.",
            "非基本账户转出的保证金账户数", "values",
            "the paying account and a basic account of the bidder are on record", "条例 26; rules M02"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def deposit_source(
    ordered_bids: pl.LazyFrame, tenders: pl.LazyFrame, identifiers: pl.LazyFrame, known_values: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per bid; an account of a guarantee platform is none elsewhere, a placeholder is no account.

    Lists count as they were at the deadline, like accounts (rules FX04, FX08).
    """
    keys = ["tender_id", "bidder_id"]
    paid = identifiers.filter(pl.col("kind") == "deposit_account").select(*keys, "value_hash").unique()
    payers = join_hashed(ordered_bids.select(keys), paid, keys, "semi").unique()
    asked = join_hashed(payers, tenders.select("tender_id", "deadline_at"), "tender_id")
    begun = (pl.col("since") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("valid_to") <= pl.col("deadline_at")).fill_null(False)
    basic = (
        identifiers.filter(pl.col("kind") == "basic_account")
        .select("bidder_id", "value_hash", "valid_to", since=since())
        .join(asked, on="bidder_id").filter(begun & ~ended).select(*keys, "value_hash").unique()
    )  # fmt: skip
    listed = (
        known_values.select("value_hash", "valid_to", since="valid_from", of=_LISTING)
        .join(paid.join(asked, on=keys), on="value_hash").filter(begun & ~ended)
    )  # fmt: skip
    one = [*keys, "value_hash"]
    own = paid.join(asked, on=keys).join(listed.filter(of=Listing.SENTINEL.value), on=one, how="anti")
    ours = pl.concat([basic.select(one), listed.filter(of=Listing.PLATFORM_ACCOUNT.value).select(one)])
    strange = own.join(ours, on=one, how="anti").group_by(keys).len("deposit_elsewhere")
    known = own.select(keys).unique().join(basic, on=keys, how="semi")
    counted = known.join(strange, on=keys, how="left").select(
        *keys, pl.col("deposit_elsewhere").fill_null(0).cast(pl.Int64)
    )
    return join_hashed(ordered_bids.select(KEYS[Grain.BID]), counted, keys, "left")


@block(
    Grain.BID,
    {
        "crossed_deposit": Column(
            "Accounts or payers behind this bid's deposit that a rival shows in another role.",
            "保证金账户或付款人在其他投标人处以其他身份出现数", "values",
            "the account or payer of the deposit is on record, and some rival's in another role",
            "rules M02"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def deposit_from_rival(
    ordered_bids: pl.LazyFrame, crossed_values: pl.LazyFrame, identifier_coverage: pl.LazyFrame,
    identifiers: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per bid; the side that paid is the one that the value ties to its deposit."""
    keys = ["tender_id", "bidder_id"]
    crossed = crossed_values.filter(crosses("crossed_deposit"))
    sides = [
        crossed.filter(pl.col(kind).is_in(_PAYING)).select("tender_id", "value_hash", bidder_id=side)
        for side, kind in (("bidder_a", "kind"), ("bidder_b", "kind_b"))
    ]
    found = (
        pl.concat(sides).group_by(keys).agg(crossed_deposit=pl.col("value_hash").n_unique().cast(pl.Int64))
    )
    paid = identifiers.filter(pl.col("kind").is_in(_PAYING)).select(keys).unique().with_columns(paid=True)
    others = {other for one, other in CROSSINGS["crossed_deposit"].pairs if one in _PAYING}
    others_known = [f"known_{kind}" for kind in sorted(others)]
    some = pl.max_horizontal(others_known) >= 2
    told = (
        ordered_bids.select(KEYS[Grain.BID])
        .pipe(join_hashed, found, keys, "left")
        .pipe(join_hashed, paid, keys, "left")
        .pipe(join_hashed, identifier_coverage.select("tender_id", *others_known), "tender_id", "left")
    )
    looked = pl.col("paid").fill_null(False) & some.fill_null(False)
    count = pl.when(looked).then(pl.col("crossed_deposit").fill_null(0)).otherwise("crossed_deposit")
    return told.select(*KEYS[Grain.BID], count.alias("crossed_deposit"))
