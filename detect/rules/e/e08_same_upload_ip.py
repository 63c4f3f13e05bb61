"""E08: bids of different bidders uploaded from one public address."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E08",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.UPLOAD,
    law=("CN-REG-40-2",),
    en=Words(
        "Same public IP at upload",
        "Both bids were uploaded from one public IP address, and by the same device or local address, or "
        "within {max_gap_minutes:g} minutes of each other.",
        "An office block, hotel or park with one network exit; a bidding service centre; a carrier that "
        "puts many customers behind one address.",
        {Level.YELLOW: "Both bids were uploaded from one public IP address."},
    ),
    zh=Words(
        "上传同公网IP",
        "两份投标文件从同一公网IP上传，且设备或内网地址相同，或上传时间相差不超过 {max_gap_minutes:g} 分钟。",
        "同一写字楼、酒店或园区共用出口；投标服务中心；运营商地址转换使多个用户共用一个地址。",
        {Level.YELLOW: "两份投标文件从同一公网IP上传。"},
    ),
)
def same_upload_ip(
    shared_upload_ip: pl.Expr,
    shared_upload_lan: pl.Expr,
    shared_upload_mac: pl.Expr,
    upload_gap_minutes: pl.Expr,
    *,
    max_gap_minutes: float = 10.0,
) -> dict[Level, pl.Expr]:
    """Two bids of one tender were uploaded from one public IP address.

    YELLOW on the address alone; ORANGE where the local address or the device is the same too, or
    the uploads were close in time. What is not on record does not strengthen a finding. Never RED:
    a reasonable explanation has to be heard first, and only a committee can do that.

    Limits:
        max_gap_minutes: time for one person to send two files in one sitting. It counts only on top of
            an equal address: alone, a gap of ten minutes occurs in a third of honest lots with five bids.
            | 一人连续上传两份文件所需时间；仅在IP相同时使用，单独使用时五家投标的正常标段三分之一会触发。

    """
    same_place = shared_upload_ip > 0
    closer = (shared_upload_lan > 0) | (shared_upload_mac > 0) | (upload_gap_minutes <= max_gap_minutes)
    return {Level.YELLOW: same_place, Level.ORANGE: same_place & closer.fill_null(False)}
