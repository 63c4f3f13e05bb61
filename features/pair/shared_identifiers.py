"""What two bidders ever shared over a whole market, weighted by how rare it is: a snapshot.

Hubs are discounted, not followed: a value that many firms show (an agency's line, a secretarial address) is
counted in a column of its own and weighs nothing. Ten views of one device are one device: within a family of
kinds only the rarest value counts.
"""

import polars as pl

from features.catalogue import Column, Grain, block

MOST_HOLDERS = 10
"""Firms on one value beyond which it is a hub and ties nobody; a choice, as the degree limit of rules E17
doubled, since a snapshot sees more firms than a moment does."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "device": ("author_mac", "author_cpu", "author_disk", "author_board", "author_memory", "upload_mac",
               "upload_cpu", "upload_disk"),
    "file": ("file_id", "pdf_id", "revision_id", "file_hash", "attachment_hash"),
    "licence": ("boq_lock",),
    "network": ("download_ip", "upload_ip", "decrypt_ip", "download_subnet", "upload_subnet", "upload_lan",
                "upload_session"),
    "account": ("ca_key", "account_user", "deposit_account", "refund_account", "basic_account",
                "guarantee_account", "purchase_account", "purchase_order"),
    "people": ("agent", "operator", "project_manager", "team_member", "cert_no", "insured_by", "legal_rep",
               "director", "ca_handler", "ca_subject", "deposit_payer", "refund_collector",
               "registration_agent"),
    "contact": ("phone", "email", "address", "guarantee_proposer", "registration_phone",
                "registration_email"),
    "owner": ("shareholder",),
}  # fmt: skip
"""Kinds that are views of one and the same tie.

Names (rules FX15) are in no family, nor is a value that serves many: a counter, an issuer or a program.
"""

_FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
_PAIR = ("bidder_a", "bidder_b")
_VALUE = ("kind", "value_hash")
_SHARED = "a value is shared in a tender both entered, by no joint bid and on no reference list"


@block(
    Grain.PAIR,
    {
        "shared_rarity": Column(
            "Rarity of what the two share: per family of kinds, log2 of bidders over holders of the rarest "
            "value, added up; values with more than 10 holders weigh nothing.",
            "共用标识稀有度", "bits", _SHARED, "rules C01 (cap per family), E17"),
        "shared_families": Column("Families of kinds in which they share a value that is no hub.",
                                  "共用标识类别数", "kinds", _SHARED),
        "shared_kinds": Column("Kinds of identifier in which they share a value that is no hub.",
                               "共用标识种类数", "kinds", _SHARED),
        "shared_tenders": Column("Tenders in which they share a value that is no hub.", "共用标识的标段数",
                                 "tenders", _SHARED),
        "shared_hubs": Column("Distinct values they share that more than 10 bidders hold.",
                              "共用的公共标识数", "values", _SHARED),
    },
)  # fmt: skip
def shared_identifiers(shared_values: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair that ever shared a value which neither a joint bid nor a reference list explains."""
    family = pl.col("kind").replace_strict(_FAMILY_OF, default=None, return_dtype=pl.String)
    values = (
        shared_values.with_columns(pl.col("holders").max().over(_VALUE), family.alias("family"))
        .filter(~pl.col("joint_bid") & pl.col("listing").is_null() & pl.col("family").is_not_null())
        .select(*_PAIR, *_VALUE, "family", "tender_id", "holders")
    )  # fmt: skip
    rare = pl.col("holders") <= MOST_HOLDERS
    counts = values.group_by(_PAIR).agg(
        pl.col("family").filter(rare).n_unique().cast(pl.Int64).alias("shared_families"),
        pl.col("kind").filter(rare).n_unique().cast(pl.Int64).alias("shared_kinds"),
        pl.col("tender_id").filter(rare).n_unique().cast(pl.Int64).alias("shared_tenders"),
        pl.col("value_hash").filter(~rare).n_unique().cast(pl.Int64).alias("shared_hubs"),
    )
    return counts.join(_rarity(values.filter(rare), bidder_codes), on=_PAIR, how="left").with_columns(
        pl.col("shared_rarity").fill_null(0.0)
    )


def _rarity(rare: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    bidders = bidder_codes.select(pl.len().cast(pl.Float64).alias("bidders"))
    rarest = rare.group_by(*_PAIR, "family").agg(pl.col("holders").min())
    bits = (pl.col("bidders") / pl.col("holders")).log(2).clip(lower_bound=0.0)
    return (
        rarest.join(bidders, how="cross")
        .sort(*_PAIR, "family")
        .group_by(_PAIR, maintain_order=True)
        .agg(bits.sum().alias("shared_rarity"))
    )
