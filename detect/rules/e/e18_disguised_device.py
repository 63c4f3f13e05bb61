"""E18: bid files whose hardware does not show its true numbers."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E18",
    level=Level.YELLOW,
    grain=Grain.BID,
    weight=Weight.CONTEXT,
    point=Point.UPLOAD,
    law=("CN-REG-40-1",),
    en=Words(
        "Disguised device",
        "The bid files of {made_up_devices} bidders of the tender, this one among them, come from devices "
        "of which every MAC address is set by software or that of a virtual machine.",
        "A cloud desktop or virtual machine that the firm works on every day; a system that draws a fresh "
        "address for every wireless network.",
        {Level.INFO: "The bid file comes from a device of which every MAC address is set by software or "
                     "that of a virtual machine."},
    ),
    zh=Words(
        "设备特征经软件设定",
        "本项目有 {made_up_devices} 家投标人（含该投标人）的投标文件制作设备MAC地址均由软件设定或属于虚拟机"
        "。",
        "企业日常使用的云桌面或虚拟机；连接无线网络时自动生成随机地址的系统。",
        {Level.INFO: "该投标文件制作设备的MAC地址均由软件设定或属于虚拟机。"},
    ),
)  # fmt: skip
def disguised_device(
    made_up_device: pl.Expr, made_up_devices: pl.Expr, *, min_bidders: int = 2
) -> dict[Level, pl.Expr]:
    """The bid file comes from a device of which every MAC address is made up.

    The second lowest bit of the first byte of a MAC address says that software chose it (IEEE 802); some
    prefixes belong to virtual machines. INFO, and YELLOW where two bidders of the tender show it (rules E18).
    It is read from addresses as they are displayed, so a source that masks them makes the rule not evaluable.
    Blank traces and stripped documents are not looked at.

    Limits:
        min_bidders: bidders of one tender; one alone has many reasons (rules E18).
            | 同一项目中的投标人数；仅一家的原因很多。

    """
    return {Level.INFO: made_up_device, Level.YELLOW: made_up_device & (made_up_devices >= min_bidders)}
