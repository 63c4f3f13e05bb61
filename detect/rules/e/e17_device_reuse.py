"""E17: two bidders used one device before, in different tenders."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E17",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.UPLOAD,
    law=("CN-REG-40-1", "CN-REG-40-2"),
    en=Words(
        "Device reused across tenders",
        "Within 24 months before the deadline both bidders used {reused_devices} device(s) in common, each "
        "in another tender; the older use lies {device_reuse_days} days back.",
        "A cost consultant or bidding service that prepared files for both at different times; a computer "
        "sold second-hand; hardware with copied serial numbers.",
    ),
    zh=Words(
        "跨项目设备复用",
        "投标截止前24个月内，两家投标人在不同项目中使用过 {reused_devices} 个相同设备；较早一次距今 "
        "{device_reuse_days} 天。",
        "先后为两家编制文件的造价咨询或投标服务机构；二手电脑；序列号被复制的硬件。",
    ),
)
def device_reuse(reused_devices: pl.Expr, device_reuse_days: pl.Expr, *, max_days: int = 730) -> pl.Expr:
    """Two bidders of one tender had used one device before, each in another tender.

    Only devices that at most five firms had ever shown count, and none of a reference list (FX02, FX05); an
    equal device in this very tender is rules E01 to E03.

    Limits:
        max_days: days back to the older of the two uses (rules E17).
            | 较早一次使用距截止的天数上限。

    """
    return pl.when(reused_devices == 0).then(False).otherwise(device_reuse_days <= max_days)
