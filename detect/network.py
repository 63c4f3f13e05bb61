"""The ties around the bidders of one tender: every occurrence with its date, for a picture and a table."""

from dataclasses import dataclass

import polars as pl

from records.kinds import KINDS
from records.tables import INSTANT, Market

MOST_NEIGHBOURS = 14
"""Firms beside the tender's own that are kept, those with the strongest and most ties first."""
MOST_HOLDERS = 20
"""A value that more firms hold says little about any two of them."""

MET = "met"
_BY_START = {
    "device": ("author_", "upload_", "download_", "decrypt_", "account_user", "ca_"),
    "file": ("boq_", "file_", "pdf_", "revision_", "attachment_"),
    "money": ("deposit_", "refund_", "basic_", "guarantee_", "purchase_"),
    "people": ("agent", "operator", "project_", "team_", "cert_", "insured_", "phone", "email", "address"),
    "owner": ("legal_", "shareholder", "director", "registration_"),
}
SORTS = (MET, *_BY_START, "business")
"""Sorts of tie; `business` is joint bids, subcontracts and payments."""
SORT_OF = {
    kind: next((s for s, starts in _BY_START.items() if kind.startswith(starts)), "people") for kind in KINDS
}

FIRMS = pl.Schema(
    {"bidder_id": pl.String(), "name": pl.String(), "here": pl.Boolean(), "tenders": pl.UInt32(),
     "wins": pl.UInt32()}
)  # fmt: skip
TIES = pl.Schema(
    {"bidder_a": pl.String(), "bidder_b": pl.String(), "sort": pl.String(), "kind": pl.String(),
     "at": INSTANT, "tender_id": pl.String()}
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """Firms around a tender and what ties them.

    * `firms`: `bidder_id, name, here` (bids in the tender), `tenders` and `wins` on record.
    * `ties`: one row per occurrence: `bidder_a < bidder_b, sort, kind, at` (when both sides were known,
      null where the records do not say) and the `tender_id` it shows in, null for ties between firms.
      `kind` is one of `records.kinds`, a kind of relation, or `met`, `joint_bid`, `subcontract`, `payment`.
    * `left_out`: firms with ties that were not kept, see `MOST_NEIGHBOURS`.
    """

    firms: pl.DataFrame
    ties: pl.DataFrame
    left_out: int


def network(market: Market, tender_id: str, *, most: int = MOST_NEIGHBOURS) -> Network:
    """The ties of a tender's bidders with each other and with other firms, over all records."""
    here = market.bids.filter(pl.col("tender_id") == tender_id).select("bidder_id").unique().collect()
    own = sorted(here["bidder_id"])
    found = pl.concat(
        [_met(market, own), _values(market, own), _relations(market, own), _business(market, own)]
    )
    ties = found.filter(pl.any_horizontal(pl.col("bidder_a", "bidder_b").is_in(own))).unique()
    kept, left_out = _nearest(ties, own, most)
    both = pl.all_horizontal(pl.col("bidder_a", "bidder_b").is_in(kept))
    return Network(_firms(market, kept, own), ties.filter(both).sort(TIES.names()), left_out)


def _met(market: Market, own: list[str]) -> pl.DataFrame:
    """Bids in one tender, dated by its deadline."""
    bids = market.bids.select("tender_id", "bidder_id")
    mine = bids.filter(pl.col("bidder_id").is_in(own)).unique().collect().lazy()
    named = pl.col("tender_id").is_in(mine.select("tender_id").unique().collect()["tender_id"].to_list())
    others = bids.filter(named).unique()
    tenders = market.tenders.filter(named).select("tender_id", at="deadline_at")
    dated = mine.join(tenders, on="tender_id", how="left")
    pairs = dated.join(others, on="tender_id", suffix="_b").rename({"bidder_id": "a", "bidder_id_b": "b"})
    return _ordered(pairs, pl.lit(MET), pl.lit(MET))


def _values(market: Market, own: list[str]) -> pl.DataFrame:
    """Values that two firms hold, unless a list explains them or very many hold them."""
    key = ["kind", "value_hash"]
    at = pl.coalesce("observed_at", "valid_from").alias("at")
    known = market.identifiers.select("bidder_id", "tender_id", *key, at).join(
        market.known_values.select(pl.col("kind"), "value_hash"), on=key, how="anti"
    )
    mine = known.filter(pl.col("bidder_id").is_in(own))
    held = known.join(mine.select(key).unique(), on=key, how="semi")
    few = held.group_by(key).agg(pl.col("bidder_id").n_unique().alias("n"))
    held = held.join(few.filter(pl.col("n").is_between(2, MOST_HOLDERS)), on=key, how="semi")
    first = held.group_by(*key, "bidder_id", "tender_id").agg(pl.col("at").min())
    sides = first.filter(pl.col("bidder_id").is_in(own)).join(first, on=key, suffix="_b")
    same_bid = pl.col("tender_id").is_null() | pl.col("tender_id_b").is_null()
    tender = pl.when(same_bid | (pl.col("tender_id") == pl.col("tender_id_b"))).then(
        pl.coalesce("tender_id", "tender_id_b")
    )
    seen = pl.when(pl.all_horizontal(pl.col("at", "at_b").is_not_null())).then(
        pl.max_horizontal("at", "at_b")
    )
    pairs = sides.select(
        "kind", a="bidder_id", b="bidder_id_b", at=pl.coalesce(seen, "at", "at_b"), tender_id=tender
    )
    once = pairs.group_by("a", "b", "kind", "tender_id").agg(pl.col("at").min())
    return _ordered(once, pl.col("kind").replace_strict(SORT_OF, default="people"), pl.col("kind"))


def _relations(market: Market, own: list[str]) -> pl.DataFrame:
    between = market.relations.filter(pl.any_horizontal(pl.col("from_id", "to_id").is_in(own)))
    pairs = between.select("kind", a="from_id", b="to_id", at="valid_from", tender_id=pl.lit(None, pl.String))
    firms = market.bidders.select("bidder_id")
    known = pairs.join(firms, left_on="a", right_on="bidder_id", how="semi")
    return _ordered(
        known.join(firms, left_on="b", right_on="bidder_id", how="semi"), pl.lit("owner"), pl.col("kind")
    )


def _business(market: Market, own: list[str]) -> pl.DataFrame:
    members = market.consortium_members.select("bid_id", "bidder_id", "tender_id")
    deadlines = market.tenders.select("tender_id", at="deadline_at")
    joint = (
        members.filter(pl.col("bidder_id").is_in(own))
        .join(members.select("bid_id", b="bidder_id"), on="bid_id")
        .join(deadlines, on="tender_id", how="left")
        .select("tender_id", "at", "b", a="bidder_id", kind=pl.lit("joint_bid"))
    )
    paid = [
        table.filter(pl.any_horizontal(pl.col("from_id", "to_id").is_in(own))).select(
            "tender_id", at=when, b="to_id", a="from_id", kind=pl.lit(kind)
        )
        for table, when, kind in (
            (market.subcontracts, "signed_at", "subcontract"),
            (market.payments, "paid_at", "payment"),
        )
    ]
    return _ordered(pl.concat([joint, *paid]), pl.lit("business"), pl.col("kind"))


def _ordered(pairs: pl.LazyFrame, sort: pl.Expr, kind: pl.Expr) -> pl.DataFrame:
    told = pairs.filter(pl.col("a") != pl.col("b")).select(
        pl.min_horizontal("a", "b").alias("bidder_a"),
        pl.max_horizontal("a", "b").alias("bidder_b"),
        sort.cast(pl.String).alias("sort"),
        kind.cast(pl.String).alias("kind"),
        pl.col("at").cast(INSTANT),
        "tender_id",
    )
    return told.select(TIES.names()).unique().collect()


def _nearest(ties: pl.DataFrame, own: list[str], most: int) -> tuple[list[str], int]:
    """The tender's firms and those nearest to them: any tie but a meeting counts most, then meetings."""
    b_is_own = pl.col("bidder_b").is_in(own)
    other = pl.when(b_is_own).then("bidder_a").otherwise("bidder_b").alias("other")
    outward = ties.filter(~(pl.col("bidder_a").is_in(own) & b_is_own)).with_columns(other)
    ranked = (
        outward.group_by("other")
        .agg((pl.col("sort") != MET).sum().alias("strong"), pl.len().alias("n"))
        .filter((pl.col("strong") > 0) | (pl.col("n") > 1))
        .sort("strong", "n", "other", descending=[True, True, False])
    )
    return [*own, *ranked["other"].head(most)], max(0, ranked.height - most)


def _firms(market: Market, kept: list[str], own: list[str]) -> pl.DataFrame:
    bids = market.bids.filter(pl.col("bidder_id").is_in(kept)).group_by("bidder_id")
    record = bids.agg(
        pl.col("tender_id").n_unique().alias("tenders"), pl.col("won").fill_null(False).sum().alias("wins")
    )
    wanted = pl.LazyFrame({"bidder_id": kept}, schema={"bidder_id": pl.String})
    return (
        wanted.join(market.bidders.select("bidder_id", "name"), on="bidder_id", how="left")
        .join(record, on="bidder_id", how="left")
        .select(
            "bidder_id",
            pl.col("name").fill_null(pl.col("bidder_id")),
            pl.col("bidder_id").is_in(own).alias("here"),
            pl.col("tenders", "wins").fill_null(0),
        )
        .sort("here", "bidder_id", descending=[True, False])
        .collect()
        .cast(FIRMS)
    )
