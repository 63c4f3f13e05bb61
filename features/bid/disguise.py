"""Signs that the hardware behind a bid file does not show its true numbers (rules E18)."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block
from features.hashed import join_hashed

VIRTUAL = (
    "000569", "000C29", "001C14", "005056", "080027", "00155D", "001C42", "00163E",
)  # fmt: skip
"""First half of MAC addresses that virtual machines carry: VMware, VirtualBox, Hyper-V, Parallels, Xen."""


@block(
    Grain.BID,
    {
        "made_up_device": Column(
            "Every MAC address behind the bid file is set by software or that of a virtual machine.",
            "制作设备MAC均为软件设定或虚拟机", "",
            "a MAC address of the authoring device is on record in full", "IEEE 802, rules E18"),
        "made_up_devices": Column(
            "Leading bidders of the tender of whom that holds.", "本标段此类投标人数", "bidders",
            "as made_up_device", "rules E18"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def disguised_devices(ordered_bids: pl.LazyFrame, identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid; the second lowest bit of the first byte marks an address as locally administered.

    Addresses are kept as displayed; where a source shows masked ones the sign cannot be seen.
    """
    keys = ["tender_id", "bidder_id"]
    mac = pl.col("display").str.to_uppercase().str.replace_all(r"[^0-9A-F]", "")
    local = pl.col("mac").str.slice(1, 1).is_in(["2", "3", "6", "7", "A", "B", "E", "F"])
    virtual = pl.col("mac").str.head(6).is_in(list(VIRTUAL))
    made = (
        identifiers.filter(pl.col("kind") == "author_mac", pl.col("tender_id").is_not_null())
        .select(*keys, mac=mac).filter(pl.col("mac").str.len_chars() == 12)
        .group_by(keys).agg(made_up_device=(local | virtual).all())
        .pipe(join_hashed, ordered_bids.select(keys), keys, "semi")
        .with_columns(made_up_devices=pl.col("made_up_device").sum().over("tender_id").cast(pl.Int64))
    )  # fmt: skip
    return join_hashed(ordered_bids.select(KEYS[Grain.BID]), made, keys, "left")
