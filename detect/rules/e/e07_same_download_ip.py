"""E07: tender documents were taken by different bidders from one address."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E07",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.REGISTRATION,
    law=("CN-REG-40-2",),
    en=Words(
        "Same IP at download",
        "Both bidders took the tender documents from one public IP address with the same browser, "
        "{minutes_apart_download_ip:.0f} minutes apart.",
        "An office block, hotel or park with one network exit; a bidding service that fetches documents "
        "for several firms without taking part.",
        {
            Level.YELLOW: "Both bidders took the tender documents from one public IP address.",
        },
    ),
    zh=Words(
        "报名下载同IP",
        "两家投标人以同一浏览器从同一公网IP下载招标文件，相隔 {minutes_apart_download_ip:.0f} 分钟。",
        "同一写字楼、酒店或园区共用出口；仅代为下载、不参与投标的服务机构。",
        {
            Level.YELLOW: "两家投标人从同一公网IP下载招标文件。",
        },
    ),
)
def same_download_ip(
    shared_download_ip: pl.Expr,
    shared_download_browser: pl.Expr,
    minutes_apart_download_ip: pl.Expr,
    *,
    max_minutes: float = 30.0,
) -> dict[Level, pl.Expr]:
    """Two bidders of one tender took its documents from one public IP address.

    YELLOW on the address alone, ORANGE with the same browser and close in time (rules E07). Shared networks
    are taken out first (FX03).

    Limits:
        max_minutes: time for one person to register and fetch the documents for two firms (rules E07).
            | 一人为两家先后报名并下载文件所需时间。

    """
    same = shared_download_ip > 0
    closer = (shared_download_browser > 0) & (minutes_apart_download_ip <= max_minutes)
    return {Level.YELLOW: same, Level.ORANGE: same & closer.fill_null(False)}
