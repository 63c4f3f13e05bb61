"""What of a firm's own numbers, devices, people and contacts others hold as well."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.tie.earlier_uses import DEVICES, FEW_USERS
from features.tie.sharing import MARK
from records.kinds import KINDS

AT_ONCE = 8_000_000
"""Rows whose firms are counted at once: more would need more memory, and no less time."""


@frame
def firm_values(coded_identifiers: pl.LazyFrame, known_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm and value: `firm, mark, kind`, its `tenders`, its `holders`.

    Values of a reference list, whose sharing has a known reason, are left out.
    """
    seen = coded_identifiers.join(known_values.select(MARK), on="mark", how="anti")
    portions = 1 + coded_identifiers.select(pl.len()).collect().item() // AT_ONCE
    parts = [
        seen.filter(pl.col("firm") % portions == portion)
        .group_by("firm", "mark", "tender").agg(pl.col("kind").first())
        .group_by("firm", "mark").agg(pl.col("kind").first(), tenders=pl.col("tender").count())
        .collect(engine="streaming")
        for portion in range(portions)
    ]  # fmt: skip
    return pl.concat(parts).lazy().with_columns(holders=pl.len().over("mark"))


def _named(firms: pl.LazyFrame, identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """Ids in place of the hash `firm`."""
    ids = identifiers.select("bidder_id").unique()
    return firms.join(ids.with_columns(firm=pl.col("bidder_id").hash(2)), on="firm").drop("firm")


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
def bidder_identifiers(firm_values: pl.LazyFrame, identifiers: pl.LazyFrame) -> pl.LazyFrame:
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
    counted = firm_values.group_by("firm").agg(
        *by_kind,
        pl.len().cast(pl.Int64).alias("n_values"),
        common.sum().cast(pl.Int64).alias("n_common_values"),
        pl.col("holders").filter(common).min().cast(pl.Int64).alias("rarest_common_holders"),
        rarest.first().cast(pl.String).alias("rarest_common_kind"),
        pl.col("tenders").filter(of_bid).max().cast(pl.Int64).alias("most_reused_tenders"),
    )
    return _named(counted, identifiers)


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
def bidder_devices(
    coded_identifiers: pl.LazyFrame, firm_values: pl.LazyFrame, identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per firm with a device on record."""
    device = pl.col("kind").is_in(DEVICES)
    rare = firm_values.filter(device, pl.col("holders").is_between(2, FEW_USERS))
    uses = (
        coded_identifiers.filter(device, pl.col("tender").is_not_null())
        .join(rare.select("firm", "mark"), on=["firm", "mark"], how="semi")
        .select("firm", "mark", "tender").unique()
    )  # fmt: skip
    met = (
        uses.join(uses, on="mark", suffix="_other")
        .filter(pl.col("firm") != pl.col("firm_other"), pl.col("tender") != pl.col("tender_other"))
        .group_by("firm")
        .agg(
            pl.col("firm_other").n_unique().cast(pl.Int64).alias("device_partners"),
            pl.col("mark").n_unique().cast(pl.Int64).alias("shared_device_count"),
        )
    )
    owners = firm_values.filter(device).select("firm").unique()
    counted = owners.join(met, on="firm", how="left").with_columns(
        pl.col("device_partners", "shared_device_count").fill_null(0)
    )
    return _named(counted, identifiers)
