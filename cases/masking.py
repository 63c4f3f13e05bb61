"""What must not be seen yet, or not by everybody: bids before their opening, and personal values.

Everything that is shown of the records goes through `fit`, so that a table that forgets to ask shows
less rather than more. Personal identifiers (telephones, accounts, people's ids) are masked for good when
they are imported; what can be unmasked here are names of natural persons who bid, and ids of experts.
"""

from datetime import datetime

import polars as pl

from records.tables import Market, market_of

BEHIND_THE_SEAL = (
    "bids", "consortium_members", "identifiers", "bill_items", "documents", "panels", "expert_scores",
    "awards", "contracts", "subcontracts", "payments",
)  # fmt: skip
"""Tables that tell who bids, what they bid, or who judges it."""

PERSON = "person"


def openings(market: Market, after: datetime) -> pl.DataFrame:
    """Tenders that open later than `after`: `tender_id, opens_at`; without a known opening, the deadline."""
    opens = pl.coalesce("opened_at", "deadline_at").alias("opens_at")
    return market.tenders.select("tender_id", opens).filter(pl.col("opens_at") > after).collect()


def fit(market: Market, sealed: pl.Series, *, personal: bool) -> Market:
    """The market without what lies behind the seal of these tenders.

    Args:
        market: all records.
        sealed: ids of tenders whose bids must not be seen.
        personal: whether names of natural persons may be seen.

    """
    tables = dict(market.to_dict())
    if not sealed.is_empty():
        hidden = pl.col("tender_id").is_in(sealed.to_list()).fill_null(False)
        tables |= {name: tables[name].filter(~hidden) for name in BEHIND_THE_SEAL}
        tables["tenders"] = tables["tenders"].with_columns(
            pl.when(~hidden).then("base_price").alias("base_price")
        )
    if not personal:
        tables["bidders"] = tables["bidders"].with_columns(_name())
    return market_of(**tables)


def persons(market: Market, bidder_ids: list[str]) -> list[str]:
    """Which of these bidders are natural persons."""
    asked = market.bidders.filter(pl.col("bidder_id").is_in(bidder_ids), kind=PERSON)
    return asked.select("bidder_id").collect().to_series().to_list()


def masked(text: pl.Expr) -> pl.Expr:
    """At most the last two characters, and never more than a third.

    >>> pl.DataFrame({"name": ["王小明", "Maria Lopez"]}).select(masked(pl.col("name")))["name"].to_list()
    ['•••明', '•••ez']
    """
    kept = text.str.tail(pl.min_horizontal(pl.lit(2), text.str.len_chars() // 3))
    return pl.concat_str(pl.lit("•••"), kept).alias(text.meta.output_name())


def _name() -> pl.Expr:
    """Names, those of persons masked; a person without one would go by the id, which is masked instead."""
    is_person = (pl.col("kind") == PERSON).fill_null(False)
    return pl.when(is_person).then(masked(pl.coalesce("name", "bidder_id"))).otherwise("name").alias("name")
