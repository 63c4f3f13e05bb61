"""A bidder's record as of a tender's deadline: how often it bid and won, and how often that was due.

Only tenders count whose outcome was known strictly before the deadline, in the 36 months before it.
"""

import polars as pl

from features.bid.entrants import entry_key
from features.catalogue import KEYS, Column, Grain, Reach, block, feature, frame
from features.earlier import in_portions, state_before
from features.hashed import join_hashed
from features.poisson_binomial import TERMS, tails, terms
from features.ratio import ratio
from features.segments import Floats

WINDOW = "36mo"
_SUMS = ("bids", "wins", "certain", *TERMS)
_TAILS = pl.Struct({"few": pl.Float64, "many": pl.Float64})
_KEY = KEYS[Grain.BID]
_RECORD = pl.Schema(
    {
        "past_bids": pl.Int64,
        "past_wins": pl.Int64,
        "expected_wins": pl.Float64,
        "loss_tail_p": pl.Float64,
        "win_tail_p": pl.Float64,
    }
)
_DOMAIN = "deadline known; a bidder whose earlier tenders have no known outcome has no record"


@frame(reach=Reach.TENDER)
def decided_entries(
    ordered_bids: pl.LazyFrame, tenders: pl.LazyFrame, entrants: pl.LazyFrame, entries: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per decided tender and firm that stood behind a valid bid in it.

    Columns: the numbers `tender` and `bidder`, `known_at`, `won`, and `chance`: winners over contenders, the
    share of wins that equal chances give. A tender is decided when the moment of its outcome and a winner are
    on record; the outcome is never known before the deadline.
    """
    valid = pl.col("status").is_null() | (pl.col("status") == "valid")
    won = pl.col("won").fill_null(False)
    contending = ordered_bids.filter(valid | won).select(
        "tender_id", "bid_id", entry_key().alias("lead"), won=won
    )
    leads = contending.group_by("lead").agg(pl.col("tender_id").first(), pl.col("won").any())
    chance = leads.group_by("tender_id").agg(pl.col("won").mean().alias("chance"))
    known_at = pl.max_horizontal("closed_at", "deadline_at")
    decided = (
        tenders.filter(pl.col("closed_at").is_not_null()).select("tender_id", known_at=known_at)
        .pipe(join_hashed, chance.filter(pl.col("chance") > 0), "tender_id")
        .pipe(join_hashed, tender_codes.select("tender_id", "tender"), "tender_id").drop("tender_id")
    )  # fmt: skip
    firms = (
        join_hashed(contending.select("bid_id", "won"), entrants.select("bid_id", entry_key()), "bid_id")
        .group_by("entry").agg(pl.col("won").any())
        .join(entries.select("entry", "tender", "bidder"), on="entry").drop("entry")
    )  # fmt: skip
    return firms.join(decided, on="tender")


@frame(reach=Reach.PARTIES)
def first_entries(entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm: `bidder_id`, its number and the earliest deadline of the tenders that it entered."""
    earliest = pl.col("deadline_at").min().alias("first_deadline")
    return entries.group_by("bidder").agg(pl.col("bidder_id").first(), earliest)


@block(
    Grain.BID,
    {
        "past_bids": Column("Tenders decided before this deadline in which the bidder stood behind a valid "
                            "bid, in 36 months.", "此前已决投标数", "tenders", _DOMAIN, "rules O01"),
        "past_wins": Column("How many of them it won.", "此前中标数", "tenders", _DOMAIN, "rules O01"),
        "expected_wins": Column("Wins that equal chances give over the same tenders: the sum of winners "
                                "over contenders.", "机会均等的期望中标数", "tenders", _DOMAIN, "rules O01"),
        "loss_tail_p": Column("Chance of so few wins or fewer with equal chances (Poisson-binomial).",
                              "中标过少的偶然概率", "probability", "past_bids >= 1", "rules O01"),
        "win_tail_p": Column("Chance of so many wins or more with equal chances (Poisson-binomial).",
                             "中标过多的偶然概率", "probability", "past_bids >= 1", "rules O11"),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def bidder_record(
    ordered_bids: pl.LazyFrame,
    entries: pl.LazyFrame,
    decided_entries: pl.LazyFrame,
    first_entries: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per bid; counts are null where the record cannot be known, zero where there is none."""
    asked = asked_of_bids(ordered_bids, entries, first_entries)
    decided = decided_entries.sort("known_at", "tender", "bidder")
    return in_portions(asked, decided, "bidder", _records, _RECORD)


def asked_of_bids(bids: pl.LazyFrame, entries: pl.LazyFrame, first_entries: pl.LazyFrame) -> pl.LazyFrame:
    """Every bid with its `deadline_at`, the number of its `bidder` and that firm's `first_deadline`."""
    lead = entries.select("entry", "bidder", "deadline_at")
    first = first_entries.select("bidder", "first_deadline")
    return (
        bids.select(*_KEY, entry_key())
        .join(lead, on="entry", how="left").drop("entry")
        .join(first, on="bidder", how="left")
    )  # fmt: skip


def _records(asked: pl.LazyFrame, decided: pl.LazyFrame) -> pl.LazyFrame:
    running = _running(decided)
    older = running.rename({name: f"older_{name}" for name in _SUMS})
    by = ["bidder"]
    totals = state_before(asked, running, by=by).with_columns(
        pl.col("deadline_at").dt.offset_by(f"-{WINDOW}").alias("since")
    )
    known = pl.col("deadline_at").is_not_null() & (
        pl.col("bids").is_not_null() | (pl.col("first_deadline") >= pl.col("deadline_at"))
    )
    sums = {name: pl.col(name).fill_null(0) - pl.col(f"older_{name}").fill_null(0) for name in _SUMS}
    open_wins = (pl.col("wins") - pl.col("certain")).alias("open_wins")
    return (
        state_before(totals, older, by=by, at="since")
        .with_columns(known.alias("known"), **sums)
        .with_columns(pl.struct(open_wins, *TERMS).map_batches(_tails, return_dtype=_TAILS).alias("tails"))
        .select("row", *(pl.when("known").then(made).alias(name) for name, made in _record().items()))
    )


def _running(decided: pl.LazyFrame) -> pl.LazyFrame:
    """Running totals of every bidder, sorted by the moment at which they were reached."""
    entry = {
        "bids": pl.lit(1, pl.Int64),
        "wins": pl.col("won").cast(pl.Int64),
        "certain": (pl.col("chance") >= 1).cast(pl.Int64),
        **terms(pl.col("chance")),
    }
    totals = decided.select("bidder", "known_at", **entry)
    return totals.with_columns(pl.col(_SUMS).cum_sum().over("bidder"))


def _record() -> dict[str, pl.Expr]:
    """The block's columns from the totals of the window."""
    some = pl.col("bids") > 0
    return {
        "past_bids": pl.col("bids"),
        "past_wins": pl.col("wins"),
        "expected_wins": pl.when(some).then(pl.col("expected") + pl.col("certain")).otherwise(0.0),
        "loss_tail_p": pl.when(some).then(pl.col("tails").struct.field("few")),
        "win_tail_p": pl.when(some).then(pl.col("tails").struct.field("many")),
    }


def _tails(sums: pl.Series) -> pl.Series:
    of = sums.struct.unnest()
    few, many = tails(_floats(of, "open_wins"), {name: _floats(of, name) for name in TERMS})
    return pl.DataFrame({"few": few, "many": many}).to_struct("tails")


def _floats(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].cast(pl.Float64).to_numpy()


@feature(Grain.BID, zh="此前中标率", unit="share of earlier tenders", domain="past_bids >= 1")
def past_win_rate(past_wins: pl.Expr, past_bids: pl.Expr) -> pl.Expr:
    """Share of its earlier decided tenders that the bidder won."""
    return ratio(past_wins, past_bids)
