"""E03: bids of different bidders were uploaded from one device."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E03",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.UPLOAD,
    law=("CN-REG-40-2", "CN-62-OPINION-2024"),
    en=Words(
        "Same uploading device",
        "Both bids were uploaded from a device with the same MAC address, CPU id and disk serial.",
        "A service that is allowed to upload for several firms; a terminal of the trading centre that is "
        "not on the list yet; a cloned disk image.",
    ),
    zh=Words(
        "上传设备三码一致",
        "两份投标文件上传设备的MAC地址、CPU序列号和硬盘序列号均相同。",
        "依法受托代为上传的服务机构；尚未列入清单的交易中心终端；克隆的系统镜像。",
    ),
)
def same_uploading_device(
    shared_upload_mac: pl.Expr, shared_upload_cpu: pl.Expr, shared_upload_disk: pl.Expr
) -> pl.Expr:
    """Two bids of one tender were uploaded from a device whose MAC, CPU and disk codes are all equal.

    All three are required, as for the authoring device (rules E01, E03). Terminals of the trading centre are
    taken out first (FX02).
    """
    return (shared_upload_mac > 0) & (shared_upload_cpu > 0) & (shared_upload_disk > 0)
