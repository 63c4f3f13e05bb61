"""What of a firm's own numbers, devices, people and contacts others hold as well."""

import polars as pl

from features import scratch
from features.catalogue import Column, Grain, block, frame
from features.tie.earlier_uses import DEVICES, FEW_USERS
from features.tie.sharing import MARK
from records.kinds import KINDS

AT_ONCE = 8_000_000
"""Rows whose firms are counted at once: more would need more memory, and no less time."""

_BY_NAME = sorted(KINDS)


@frame
def firm_values(coded_identifiers: pl.LazyFrame, known_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm and value: `firm, mark, kind`, its `tenders`, its `holders`.

    Values of a reference list, whose sharing has a known reason, are left out.
    """
    seen = coded_identifiers.join(known_values.select(MARK), on="mark", how="anti").drop("observed_at")
    parts = [
        some.group_by("firm", "mark", "tender").agg(pl.col("kind").first())
        .group_by("firm", "mark").agg(pl.col("kind").first(), tenders=pl.col("tender").count())
        .collect(engine="streaming")
        for some in scratch.dealt(seen, "firm", AT_ONCE)
    ]  # fmt: skip
    return pl.concat(parts).lazy().with_columns(holders=pl.len().over("mark"))


@frame
def shown_firms(identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a value on record: `bidder_id` and the hash `firm`.

    As text, each id would hold on to the page of the table in which it was first seen.
    """
    ids = identifiers.select(pl.col("bidder_id").cast(pl.Categorical)).unique().cast(pl.String)
    return ids.with_columns(firm=pl.col("bidder_id").hash(2))


def _named(firms: pl.LazyFrame, shown_firms: pl.LazyFrame) -> pl.LazyFrame:
    """Ids in place of the hash `firm`."""
    return firms.join(shown_firms, on="firm").drop("firm")


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
def bidder_identifiers(firm_values: pl.LazyFrame, shown_firms: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a value on record."""
    common = pl.col("holders") > 1
    place = pl.col("kind").cast(pl.Enum(_BY_NAME), strict=False).to_physical().cast(pl.UInt64)
    rarity = pl.col("holders").cast(pl.UInt64) * len(_BY_NAME) + place
    by_kind = firm_values.group_by("firm", "kind").agg(
        n_values=pl.len().cast(pl.Int64),
        common=common.sum().cast(pl.Int64),
        rarest=rarity.filter(common).min(),
        most_reused_tenders=pl.col("tenders").max().cast(pl.Int64),
    )
    each = by_kind.pivot("kind", on_columns=_BY_NAME, index="firm", values="common")
    rarest = pl.col("rarest").min()
    reused = pl.col("most_reused_tenders").max()
    counted = by_kind.group_by("firm").agg(
        pl.col("n_values").sum(),
        pl.col("common").sum().alias("n_common_values"),
        (rarest // len(_BY_NAME)).cast(pl.Int64).alias("rarest_common_holders"),
        (rarest % len(_BY_NAME)).replace_strict(dict(enumerate(_BY_NAME))).alias("rarest_common_kind"),
        pl.when(reused > 0).then(reused).alias("most_reused_tenders"),
    )
    counted = counted.join(each.rename({kind: f"common_{kind}" for kind in _BY_NAME}), on="firm")
    return _named(counted, shown_firms)


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
    coded_identifiers: pl.LazyFrame, firm_values: pl.LazyFrame, shown_firms: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per firm with a device on record."""
    device = pl.col("kind").is_in(DEVICES)
    rare = firm_values.filter(device, pl.col("holders").is_between(2, FEW_USERS))
    uses = (
        coded_identifiers.filter(device, pl.col("tender").is_not_null())
        .join(rare.select("firm", "mark"), on=["firm", "mark"], how="semi")
        .group_by("firm", "mark").agg(first=pl.col("tender").min(), last=pl.col("tender").max())
    )  # fmt: skip
    two_tenders = pl.min_horizontal("first", "first_other") < pl.max_horizontal("last", "last_other")
    met = (
        uses.join(uses, on="mark", suffix="_other")
        .filter(pl.col("firm") != pl.col("firm_other"), two_tenders)
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
    return _named(counted, shown_firms)
