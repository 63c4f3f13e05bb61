"""E01: bids of different bidders made on one computer."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E01",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.UPLOAD,
    law=("CN-REG-40-1", "CN-MOF87-37-1"),
    en=Words(
        "Same authoring device",
        "Both bid files were made on a device with the same MAC address, CPU id and disk serial.",
        "A cost consultant or agent that is allowed to prepare bids for several firms; a cloned disk image.",
    ),
    zh=Words(
        "投标文件制作设备三码一致",
        "两份投标文件制作设备的MAC地址、CPU序列号和硬盘序列号均相同。",
        "依法受托为多家编制文件的造价咨询机构；克隆的系统镜像。",
    ),
)
def same_authoring_device(
    shared_author_mac: pl.Expr, shared_author_cpu: pl.Expr, shared_author_disk: pl.Expr
) -> pl.Expr:
    """Two bid files of one tender were made on a device whose MAC, CPU and disk codes are all equal.

    All three are required: a CPU id can be a model signature shared by many units, and MAC
    addresses can be cloned (rules E01). One code that differs clears the pair, whatever the others.
    """
    return (shared_author_mac > 0) & (shared_author_cpu > 0) & (shared_author_disk > 0)
