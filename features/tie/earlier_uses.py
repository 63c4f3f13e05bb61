"""Values that tied two bidders of a tender in earlier, different tenders: devices, people.

Only values that few firms had ever shown by the deadline count, so each value has at most ten pairs of
users, however often it was shown: the work grows with the uses, not with their square.
"""

from datetime import timedelta

import polars as pl

from features.bid.entrants import entry_key
from features.catalogue import Reach, frame
from features.earlier import state_before
from features.hashed import join_hashed

FEW_USERS = 5
"""Firms that may have shown a value by the deadline; more make it a place, not a link (rules E17)."""

DEVICES = ("author_mac", "author_disk", "author_board", "author_memory", "upload_mac", "upload_disk")
"""Kinds that name one piece of hardware. An address on a network does not, and a CPU id is often that of
all units of a model, which counts for nothing on its own (rules E01, E02)."""

PEOPLE = ("agent", "project_manager")
"""Kinds that name a person with a role in a bid."""

TIES = ("tender_id", "bidder_a", "bidder_b")
_VALUE = ("kind", "value_hash")
_LAST = ("lot", "used_at", "lot_before", "used_before")


@frame(reach=Reach.PARTIES)
def value_uses(repeated_identifiers: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per repeated device or person, firm and tender: `kind, value_hash, bidder_id, lot, known_at`.

    A use is known when the bids are opened, or when it was observed if that came later. Traces of a joint bid
    are those of its partners together and tell nothing about any one of them, so they are left out.
    """
    traces = repeated_identifiers.filter(
        pl.col("kind").is_in([*DEVICES, *PEOPLE]), pl.col("tender_id").is_not_null()
    )
    return (
        traces.with_columns(entry_key())
        .join(_alone(entries), on="entry")
        .group_by(*_VALUE, "bidder_id", lot="tender_id")
        .agg(pl.max_horizontal("known_at", "observed_at").min().alias("known_at"))
    )


def _alone(entries: pl.LazyFrame) -> pl.LazyFrame:
    """Entries without a joint bid: `entry, bidder, known_at`."""
    alone = entries.filter(~pl.col("joint"), pl.col("known_at").is_not_null())
    return alone.select("entry", "bidder", "known_at")


@frame(reach=Reach.PARTIES)
def few_users(first_shown: pl.LazyFrame) -> pl.LazyFrame:
    """One row per value and two of its first users: `kind, value_hash, bidder_a, bidder_b, crowded_at`.

    Up to `crowded_at`, when one user too many became known, the value ties them; null means always.
    """
    tells = pl.col("kind").is_in([*DEVICES, *PEOPLE]) & pl.col("used_at").is_not_null()
    first = first_shown.filter(tells).select(*_VALUE, "bidder_id", known_at="used_at")
    # Users that became known at one moment are counted together: the value is crowded from then on.
    users = pl.col("known_at").rank("max").over(_VALUE)
    ranked = first.filter(pl.len().over(_VALUE) > 1).with_columns(users=users)
    crowded = (
        ranked.filter(pl.col("users") > FEW_USERS)
        .group_by(_VALUE).agg(crowded_at=pl.col("known_at").min())
    )  # fmt: skip
    early = ranked.filter(pl.col("users") <= FEW_USERS).drop("users", "known_at")
    return (
        early.rename({"bidder_id": "bidder_a"})
        .pipe(join_hashed, early.rename({"bidder_id": "bidder_b"}), _VALUE)
        .filter(pl.col("bidder_a") < pl.col("bidder_b"))
        .pipe(join_hashed, crowded, _VALUE, "left")
    )


@frame(reach=Reach.PARTIES)
def rivals_together(entrants: pl.LazyFrame, entries: pl.LazyFrame, few_users: pl.LazyFrame) -> pl.LazyFrame:
    """Tenders where two users of one value bid against each other: `tender_id, bidder_a, bidder_b`.

    Two firms behind one bid are partners in it, and are left out.
    """
    pairs = few_users.select("bidder_a", "bidder_b").unique()
    firm = entries.select("tender_id", "bidder_id")
    members = entrants.filter("joint").select("bid_id", "tender_id", "bidder_id")
    partners = members.join(members, on=["bid_id", "tender_id"], suffix="_b").select(
        "tender_id", bidder_a="bidder_id", bidder_b="bidder_id_b"
    )
    return (
        pairs.join(firm.rename({"bidder_id": "bidder_a"}), on="bidder_a")
        .join(firm.rename({"bidder_id": "bidder_b"}), on=["tender_id", "bidder_b"], how="semi")
        .join(partners, on=TIES, how="anti")
        .select(TIES)
    )


def linked_before(
    kinds: tuple[str, ...], window: timedelta, *, value_uses: pl.LazyFrame, few_users: pl.LazyFrame,
    rivals_together: pl.LazyFrame, tender_codes: pl.LazyFrame, known_values: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per tie and value of `kinds` that both bidders had shown before, in different tenders.

    Both uses were known strictly before the deadline and within `window` of it. Columns: those of `TIES`,
    `kind, value_hash`, `used_at_a, used_at_b` (the last such use of either side).
    """
    deadlines = tender_codes.select("tender_id", "deadline_at").filter(pl.col("deadline_at").is_not_null())
    asked = (
        join_hashed(rivals_together, deadlines, "tender_id")
        .join(few_users.filter(pl.col("kind").is_in(kinds)), on=["bidder_a", "bidder_b"])
        .filter((pl.col("deadline_at") <= pl.col("crowded_at")).fill_null(True))
    )
    asked = asked.join(_listed(asked, known_values), on=["tender_id", *_VALUE], how="anti")
    history = _last_two(value_uses.join(few_users, on=_VALUE, how="semi"))
    for side in ("a", "b"):
        names = {name: f"{name}_{side}" for name in _LAST} | {"bidder_id": f"bidder_{side}"}
        asked = state_before(asked, history.rename(names), by=[f"bidder_{side}", *_VALUE]).drop("known_at")
    since = pl.col("deadline_at") - window
    different = (
        (pl.col("lot_a") != pl.col("lot_b"))
        | (pl.col("used_before_a") >= since).fill_null(False)
        | (pl.col("used_before_b") >= since).fill_null(False)
    )
    return asked.filter(pl.col("used_at_a") >= since, pl.col("used_at_b") >= since, different).select(
        *TIES, *_VALUE, "used_at_a", "used_at_b"
    )


def _last_two(uses: pl.LazyFrame) -> pl.LazyFrame:
    """After each use of a value by a firm: the tender and moment of it, and of the one before."""
    by = ["bidder_id", *_VALUE]
    before = [pl.col(name).shift().over(by) for name in ("lot", "known_at")]
    return uses.sort("known_at", "lot").select(
        *by, "known_at", "lot", used_at="known_at", lot_before=before[0], used_before=before[1]
    )


def _listed(asked: pl.LazyFrame, known_values: pl.LazyFrame) -> pl.LazyFrame:
    """Values that a reference list explained at the deadline."""
    begun = (pl.col("valid_from") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("valid_to") <= pl.col("deadline_at")).fill_null(False)
    listed = known_values.select(*_VALUE, "valid_from", "valid_to")
    return asked.join(listed, on=_VALUE).filter(begun & ~ended).select("tender_id", *_VALUE).unique()


def with_history(
    kinds: tuple[str, ...], window: timedelta, name: str, *,
    coded_identifiers: pl.LazyFrame, entries: pl.LazyFrame, tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per dated tender: `name`, how many of its firms had shown a value of `kinds` before."""
    shown = pl.max_horizontal("known_at", "observed_at").alias("known_at")
    shown_in = pl.col("tender") + pl.col("firm")
    traces = coded_identifiers.filter(pl.col("kind").is_in(kinds)).select("observed_at", entry=shown_in)
    uses = traces.join(_alone(entries), on="entry").select("bidder", shown).unique()
    asked = entries.filter(pl.col("deadline_at").is_not_null()).select("tender", "bidder", "deadline_at")
    last = state_before(asked, uses.sort("known_at").with_columns(used_at="known_at"), by=["bidder"])
    recent = (pl.col("used_at") >= pl.col("deadline_at") - window).fill_null(False)
    counts = last.group_by("tender").agg(recent.sum().cast(pl.Int64).alias(name))
    return counts.join(tender_codes.select("tender", "tender_id"), on="tender").drop("tender")
