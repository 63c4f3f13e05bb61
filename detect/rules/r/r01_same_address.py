"""R01: bidders of one tender give the same address."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "R01",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-39",),
    en=Words(
        "Same address",
        "Both bidders give the same room as their address, which {holders_address} bidder(s) had given by "
        "the deadline.",
        "A shared office, an incubator or a family's premises; an address that was left and let again.",
        {Level.INFO: "Both bidders give the same address, of a building or of many firms: {holders_address} "
         "bidder(s) had given it by the deadline."},
    ),
    zh=Words(
        "注册或通讯地址相同",
        "两家投标人的地址为同一房间，截止前登记该地址的投标人 {holders_address} 家。",
        "共享办公、孵化器或家庭共用场所；前租户迁出后地址再次使用。",
        {Level.INFO: "两家投标人的地址相同，但仅到楼宇或多家共用：截止前登记该地址的投标人 "
                     "{holders_address} 家。"},
    ),
)  # fmt: skip
def same_address(
    shared_address: pl.Expr,
    shared_room: pl.Expr,
    holders_address: pl.Expr,
    *,
    max_room_holders: int = 5,
    max_holders: int = 20,
) -> dict[Level, pl.Expr]:
    """Two bidders of one tender give the same address.

    ORANGE where it names a room that few give; INFO where it names a building only, or more firms give it;
    an address of very many firms is a registration service and is cleared (rules R01). Addresses are compared
    as spelt, without regard to case and spaces: two spellings of one place are missed.

    Limits:
        max_room_holders: bidders that may have given the room; more make it a shared office (rules R01).
            | 登记同一房间的投标人数上限；更多说明其为共享办公场所。
        max_holders: bidders from which on it is a registration service (rules R01).
            | 超过此数即为集群注册地址。

    """
    same = (shared_address > 0) & (holders_address <= max_holders)
    room = shared_room.fill_null(False) & (holders_address <= max_room_holders)
    return {Level.INFO: same, Level.ORANGE: same & room}
