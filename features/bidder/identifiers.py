"""What of a firm's own numbers, devices, people and contacts others hold as well."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.hashed import hashed, join_hashed
from features.tie.earlier_uses import DEVICES, FEW_USERS
from records.kinds import KINDS

_VALUE = ("kind", "value_hash")


@frame
def firm_values(identifiers: pl.LazyFrame, known_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm and value: `bidder_id, kind, value_hash`, its `tenders`, its `holders`.

    Values of a reference list, whose sharing has a known reason, are left out.
    """
    return (
        join_hashed(identifiers, known_values.select(_VALUE), _VALUE, "anti")
        .group_by(hashed("bidder_id", *_VALUE).alias("of_firm"))
        .agg(
            pl.col("bidder_id", *_VALUE).first(),
            tenders=pl.col("tender_id").drop_nulls().hash().n_unique(),
        )
        .drop("of_firm")
        .with_columns(holders=pl.len().over(hashed(*_VALUE)))
    )


@block(
    Grain.BIDDER,
    {
        **{
            f"common_{k.name}": Column(
                f"Number of its own values of {k.en} that other firms hold as well.",
                f"与他人共用的{k.zh}数", "values", "a value of the kind is on record",
            )
            for k in KINDS.values()
        },
        "n_values": Column("Values of any kind on record for the firm.", "有记录的标识值数", "values"),
        "n_common_values": Column("How many of them other firms hold as well.", "与他人共用的标识值数",
                                  "values"),
        "rarest_common_holders": Column("Firms that hold the rarest of its common values.",
                                        "最稀有共用值的持有企业数", "firms", "a value is common"),
        "rarest_common_kind": Column("Kind of that value; of equals the first by name.", "最稀有共用值的类型",
                                     "",
                                     "a value is common"),
        "most_reused_tenders": Column("Tenders in which the firm showed its most reused value of a bid.",
                                      "同一标识值重复使用的最多项目数", "tenders",
                                      "a value of a bid is on record"),
    },
)  # fmt: skip
def bidder_identifiers(firm_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a value on record."""
    common, of_bid = pl.col("holders") > 1, pl.col("tenders") > 0
    by_kind = (
        pl.when((pl.col("kind") == kind).any())
        .then((common & (pl.col("kind") == kind)).sum().cast(pl.Int64))
        .alias(f"common_{kind}")
        for kind in KINDS
    )
    by_rarity = pl.col("kind").sort_by("holders", "kind")
    rarest = by_rarity.filter(common.sort_by("holders", "kind"))
    return firm_values.group_by("bidder_id").agg(
        *by_kind,
        pl.len().cast(pl.Int64).alias("n_values"),
        common.sum().cast(pl.Int64).alias("n_common_values"),
        pl.col("holders").filter(common).min().cast(pl.Int64).alias("rarest_common_holders"),
        rarest.first().alias("rarest_common_kind"),
        pl.col("tenders").filter(of_bid).max().cast(pl.Int64).alias("most_reused_tenders"),
    )


@block(
    Grain.BIDDER,
    {
        "device_partners": Column(
            f"Firms that used one of its devices, held by {FEW_USERS} firms or fewer, in another tender.",
            "跨项目共用设备的企业数", "firms", "a device is on record", "rules E17"),
        "shared_device_count": Column("How many of its devices they used.", "跨项目共用的设备数", "values",
                                      "a device is on record", "rules E17"),
    },
)  # fmt: skip
def bidder_devices(identifiers: pl.LazyFrame, firm_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a device on record."""
    device = pl.col("kind").is_in(DEVICES)
    rare = firm_values.filter(device, pl.col("holders").is_between(2, FEW_USERS))
    uses = (
        identifiers.filter(device, pl.col("tender_id").is_not_null())
        .select("bidder_id", "tender_id", *_VALUE).unique()
        .pipe(join_hashed, rare, ["bidder_id", *_VALUE], "semi")
    )  # fmt: skip
    met = (
        uses.join(uses, on=_VALUE, suffix="_other")
        .filter(
            pl.col("bidder_id") != pl.col("bidder_id_other"), pl.col("tender_id") != pl.col("tender_id_other")
        )
        .group_by("bidder_id")
        .agg(
            pl.col("bidder_id_other").n_unique().cast(pl.Int64).alias("device_partners"),
            pl.struct(_VALUE).n_unique().cast(pl.Int64).alias("shared_device_count"),
        )
    )
    owners = firm_values.filter(device).select("bidder_id").unique()
    return owners.join(met, on="bidder_id", how="left").with_columns(
        pl.col("device_partners", "shared_device_count").fill_null(0)
    )
