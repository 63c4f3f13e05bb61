"""Whether an address that two bidders share names a room, or only a building."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block

ROOM = (
    r"(?i)室|号房|房间|单元|铺|户"
    r"|\b(?:room|rm|suite|ste|unit|apt|apartment|apto|apartamento|office|oficina|local|piso)\b"
)
"""What an address says that goes below the building, in Chinese, English and Spanish."""


@block(
    Grain.TIE,
    {
        "shared_room": Column(
            "The rarest address that both bidders share names a room or flat.", "共用地址精确到房间", "",
            "an address is shared and on record in full", "rules R01"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def shared_rooms(shared_values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tie that shares an address."""
    rarest = pl.col("display").sort_by("holders").first()
    return (
        shared_values.filter(pl.col("kind") == "address")
        .group_by(KEYS[Grain.TIE]).agg(shared_room=rarest.str.contains(ROOM))
    )  # fmt: skip
