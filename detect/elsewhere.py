"""Who else holds a value that bidders of a tender share: firms that had shown it in other tenders."""

import polars as pl

from records.tables import Market

_FACT = ["kind", "kind_b", "value_hash"]
HELD = pl.Schema(
    {**dict.fromkeys(_FACT, pl.String()), "also": pl.List(pl.String()), "names": pl.List(pl.String())}
)


def elsewhere(market: Market, tender_id: str, facts: pl.DataFrame) -> pl.DataFrame:
    """The holders of shared values by the tender's deadline beside those who share them in it: `HELD`.

    `also` are the names of firms that bid in the tender, too, `names` of others; who showed it first comes
    first.

    Args:
        market: all records, of which the identifiers are read once.
        tender_id: the tender.
        facts: what its bidders share, with `kind, kind_b, value_hash, bidder_a, bidder_b`; a value in two
            roles is held in either.

    """
    of_tender = pl.col("tender_id") == tender_id
    sides = pl.concat(facts.select(*_FACT, bidder_id=side) for side in ("bidder_a", "bidder_b")).unique()
    held = (
        market.identifiers.filter(pl.col("value_hash").is_in(facts["value_hash"].unique().to_list()))
        .select("bidder_id", "tender_id", role="kind", value_hash="value_hash", observed_at="observed_at")
        .join(_roles(facts).lazy(), on=["role", "value_hash"])
        .join(sides.lazy(), on=[*_FACT, "bidder_id"], how="anti", nulls_equal=True)
        .collect()
    )
    named = pl.col("tender_id").is_in([*held["tender_id"].drop_nulls().unique(), tender_id])
    deadlines = market.tenders.filter(named).select("tender_id", "deadline_at").collect()
    until = deadlines.filter(of_tender)["deadline_at"].item()
    shown = pl.coalesce("observed_at", "deadline_at")
    firms = pl.col("bidder_id").is_in(held["bidder_id"].unique().to_list())
    bidding = pl.concat(
        t.filter(of_tender, firms).select("bidder_id") for t in (market.bids, market.consortium_members)
    )
    return (
        held.lazy()
        .join(deadlines.lazy(), on="tender_id", how="left")
        .filter((shown <= pl.lit(until)).fill_null(True))
        .group_by(*_FACT, "bidder_id")
        .agg(shown.min().alias("shown"))
        .join(market.bidders.filter(firms).select("bidder_id", "name"), on="bidder_id", how="left")
        .join(bidding.unique().with_columns(here=pl.lit(True)), on="bidder_id", how="left")
        .sort("shown", "bidder_id")
        .group_by(_FACT)
        .agg(_named(pl.col("here").is_not_null(), "also"), _named(pl.col("here").is_null(), "names"))
        .sort(_FACT)
        .collect()
        .cast(HELD)
    )


def _roles(facts: pl.DataFrame) -> pl.DataFrame:
    """Each fact with the kinds in which its value is held."""
    asked = facts.select(_FACT).unique()
    return pl.concat(
        [
            asked.with_columns(role="kind"),
            asked.filter(pl.col("kind_b").is_not_null()).with_columns(role="kind_b"),
        ]
    )


def _named(which: pl.Expr, name: str) -> pl.Expr:
    return pl.coalesce("name", "bidder_id").filter(which).alias(name)
