"""Who owns, controls or manages whom among the bidders of a tender, as of its deadline.

A chain counts as much as its weakest link (La Porta, Lopez-de-Silanes and Shleifer 1999). Recorded control or
management counts as a whole link. Chains stop at the State: firms are not related merely because the State
holds both (公司法 265; rules FX09).
"""

from datetime import UTC, datetime

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame

MINORITY = 0.05
"""Smaller holdings tie nobody (rules P02, P06); a holding of unknown size counts as one of this size."""

LONGEST = 4
"""Links of the longest chain that is followed (a choice)."""

NEAR = 2
"""Links between a bidder and an owner that both have (rules P06)."""

HUB = 50
"""Firms from which on an owner is a fund or a bank, which ties nobody (rules R03)."""

_PAIR = list(KEYS[Grain.TIE])
BEGINNING = pl.lit(datetime(1970, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"))
"""Since when a relation without a beginning holds."""

_END = pl.lit(datetime(9000, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"))
_WHOLE = ("controls", "manages")


def _since() -> pl.Expr:
    return pl.col("valid_from").fill_null(BEGINNING).alias("since")


def _until() -> pl.Expr:
    return pl.col("valid_to").fill_null(_END).alias("until")


def in_force() -> pl.Expr:
    """Whether a link held at the deadline; without a deadline it counts."""
    at = pl.col("deadline_at")
    return ((pl.col("since") <= at) & (at < pl.col("until"))).fill_null(True)


@frame(reach=Reach.TENDER)
def ownership_links(relations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per link that a chain may follow: `owner, firm, share, since, until`."""
    state = relations.filter(pl.col("kind") == "state_owned_by").select(owner="to_id").unique()
    share = pl.when(pl.col("kind").is_in(_WHOLE)).then(1.0).otherwise(pl.col("share").fill_null(MINORITY))
    return (
        relations.filter(pl.col("kind").is_in(["owns", *_WHOLE]))
        .select(_since(), _until(), owner="from_id", firm="to_id", share=share)
        .filter(pl.col("share") >= MINORITY, pl.col("owner") != pl.col("firm"))
        .join(state, on="owner", how="anti")
    )


@frame(reach=Reach.TENDER)
def owner_chains(ownership_links: pl.LazyFrame) -> pl.LazyFrame:
    """One row per chain from an owner down to a firm: `owner, firm, steps, share, since, until`."""
    one = ownership_links.with_columns(steps=pl.lit(1, pl.Int64))
    link = ownership_links.rename({"owner": "above", "firm": "owner"})
    chains = [one]
    for _ in range(LONGEST - 1):
        longer = (
            chains[-1].join(link, on="owner", suffix="_up")
            .select(
                "firm", owner="above", steps=pl.col("steps") + 1,
                share=pl.min_horizontal("share", "share_up"),
                since=pl.max_horizontal("since", "since_up"), until=pl.min_horizontal("until", "until_up"),
            )
            .filter(pl.col("since") < pl.col("until"), pl.col("owner") != pl.col("firm"))
        )  # fmt: skip
        chains.append(longer)
    key = ["owner", "firm", "steps", "since", "until"]
    return pl.concat([c.select(*key, "share") for c in chains]).group_by(key).agg(pl.col("share").max())


@frame(reach=Reach.TENDER)
def tender_owners(entries: pl.LazyFrame, owner_chains: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender, firm behind a bid and owner at the deadline.

    Columns: `tender_id, bidder_id, owner, deadline_at`, `share` of the best chain, `direct` (the share that
    is held without a chain, null if none), `steps` of the shortest chain.
    """
    return (
        entries.select("tender_id", "bidder_id", "deadline_at")
        .join(owner_chains, left_on="bidder_id", right_on="firm")
        .filter(in_force())
        .group_by("tender_id", "bidder_id", "owner")
        .agg(
            pl.col("deadline_at").first(),
            pl.col("share").max(),
            direct=pl.col("share").filter(pl.col("steps") == 1).max(),
            steps=pl.col("steps").min(),
        )
    )


@block(
    Grain.TENDER,
    {"known_owners": Column("Firms behind the bids with an owner on record at the deadline.",
                            "股权有记录的投标人数", "firms", "an owner of some bidder is on record")},
    reach=Reach.TENDER,
)  # fmt: skip
def owner_coverage(entries: pl.LazyFrame, relations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with such a firm; the State counts as an owner."""
    of_state = pl.col("kind") == "state_owned_by"
    owned = relations.filter(pl.col("kind").is_in(["owns", *_WHOLE, "state_owned_by"])).select(
        _since(), _until(), bidder_id=pl.when(of_state).then("from_id").otherwise("to_id")
    )
    return (
        entries.select("tender_id", "bidder_id", "deadline_at")
        .join(owned, on="bidder_id")
        .filter(in_force())
        .group_by("tender_id").agg(pl.col("bidder_id").n_unique().cast(pl.Int64).alias("known_owners"))
    )  # fmt: skip


_KNOWN = pl.col("known_owners") >= 2
_DOMAIN = "owners of two bidders or more are on record at the deadline"


@block(
    Grain.TIE,
    {
        "control_share": Column(
            "Weakest share on the best chain of ownership from one bidder to the other; recorded control or "
            "management counts as 1.", "一方对另一方的控制链最弱环节持股比例", "share", _DOMAIN,
            "La Porta, Lopez-de-Silanes and Shleifer 1999; rules P02",
            absent=pl.when(_KNOWN).then(0.0)),
        "direct_share": Column(
            "Share of one bidder that the other holds itself; recorded control or management counts as 1.",
            "一方直接持有另一方的比例", "share", _DOMAIN, "政采条例 18; rules P02",
            absent=pl.when(_KNOWN).then(0.0)),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def control(tender_owners: pl.LazyFrame, entries: pl.LazyFrame, bid_partners: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of rivals of which one owns or controls a part of the other."""
    rivals = entries.select("tender_id", owner="bidder_id")
    return (
        tender_owners.join(rivals, on=["tender_id", "owner"], how="semi")
        .with_columns(bidder_a=pl.min_horizontal("owner", "bidder_id"),
                      bidder_b=pl.max_horizontal("owner", "bidder_id"))
        .join(bid_partners, on=_PAIR, how="anti")
        .group_by(_PAIR)
        .agg(control_share=pl.col("share").max(), direct_share=pl.col("direct").max().fill_null(0.0))
    )  # fmt: skip


@frame(reach=Reach.TENDER)
def owner_reach(ownership_links: pl.LazyFrame) -> pl.LazyFrame:
    """Firms that an owner holds from each moment on: `owner, at, firms`, sorted by `at`."""
    held = ownership_links.select("owner", "firm", "since", "until").unique()
    begun = held.select("owner", at="since", change=pl.lit(1, pl.Int64))
    ended = held.select("owner", at="until", change=pl.lit(-1, pl.Int64))
    steps = pl.concat([begun, ended]).group_by("owner", "at").agg(pl.col("change").sum()).sort("at")
    return steps.select("owner", "at", firms=pl.col("change").cum_sum().over("owner"))


@frame(reach=Reach.TENDER)
def common_owner_pairs(
    tender_owners: pl.LazyFrame, owner_reach: pl.LazyFrame, bid_partners: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per pair of rivals and owner within two links of both: `share`, the smaller of the two.

    Owners of more than fifty firms at the deadline are left out; so is one bidder that owns the other.
    """
    near = tender_owners.filter(pl.col("steps") <= NEAR).select(
        "tender_id", "bidder_id", "owner", "share", pl.col("deadline_at").fill_null(_END)
    )
    several = near.filter(pl.len().over("tender_id", "owner") >= 2).sort("deadline_at")
    few = several.join_asof(
        owner_reach, left_on="deadline_at", right_on="at", by="owner", check_sortedness=False
    ).filter(pl.col("firms").fill_null(0) <= HUB)
    side = few.select("tender_id", "owner", bidder_b="bidder_id", share_b="share")
    return (
        few.rename({"bidder_id": "bidder_a"})
        .join(side, on=["tender_id", "owner"])
        .filter(pl.col("bidder_a") < pl.col("bidder_b"))
        .join(bid_partners, on=_PAIR, how="anti")
        .select(*_PAIR, "owner", share=pl.min_horizontal("share", "share_b"))
    )


@block(
    Grain.TIE,
    {
        "common_owners": Column(
            f"Owners within {NEAR} links of both bidders that hold at most {HUB} firms.", "共同股东或控制人"
                                                                                          "数",
            "owners", _DOMAIN, "rules P06", absent=pl.when(_KNOWN).then(0)),
        "common_owner_share": Column(
            "Share that the strongest of them holds in both, the smaller of the two.",
            "共同股东在双方的最低持股比例", "share", "common_owners >= 1", "rules P06"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def common_owners(common_owner_pairs: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of rivals with such an owner."""
    owners = pl.col("owner").n_unique().cast(pl.Int64).alias("common_owners")
    return common_owner_pairs.group_by(_PAIR).agg(owners, common_owner_share=pl.col("share").max())
