"""E02: one hardware code of the authoring devices is the same."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E02",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.UPLOAD,
    law=("CN-REG-40-1", "CN-62-OPINION-2024"),
    en=Words(
        "Single hardware code equal",
        "The two bid files were made on devices with the same disk serial or board id, which "
        "{holders_author_disk} (disk) and {holders_author_board} (board) bidders have ever shown.",
        "Cloned system images; a maker that gives one serial to a series; a shared or resold computer.",
        {
            Level.YELLOW: "The two bid files were made on devices with the same MAC address or memory "
            "serial; "
            "disk and board are not the same or not on record."
        },
    ),
    zh=Words(
        "单一硬件码一致",
        "两份投标文件制作设备的硬盘序列号或主板号相同；该值此前的持有人数：硬盘 {holders_author_disk}，"
        "主板 {holders_author_board}。",
        "克隆的系统镜像；厂商对一批设备使用同一序列号；共用或转卖的电脑。",
        {
            Level.YELLOW: "两份投标文件制作设备的MAC地址或内存序列号相同；硬盘和主板不同或未见记录。",
        },
    ),
)
def same_hardware_code(
    shared_author_disk: pl.Expr,
    shared_author_board: pl.Expr,
    shared_author_mac: pl.Expr,
    shared_author_memory: pl.Expr,
    holders_author_disk: pl.Expr,
    holders_author_board: pl.Expr,
    holders_author_mac: pl.Expr,
    holders_author_memory: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """Two bid files of one tender were made on devices that agree in one rare hardware code.

    ORANGE for disk or board, YELLOW for MAC address or memory alone; a CPU id alone never counts, since it
    can be the signature of a model. A clue, no proof: one equal code has been called a suspicion only. What
    is not on record does not strengthen a finding; it is clear only where all four codes are on record.

    Limits:
        max_holders: bidders that may ever have shown the code, these two included; more say that the code
            is no person's own (rules E02).
            | 曾出现该码的投标人数上限（含本次两家）；更多说明该码不专属于某台设备。

    """
    fixed = _rare(shared_author_disk, holders_author_disk, max_holders) | _rare(
        shared_author_board, holders_author_board, max_holders
    )
    loose = _rare(shared_author_mac, holders_author_mac, max_holders) | _rare(
        shared_author_memory, holders_author_memory, max_holders
    )
    return {Level.ORANGE: fixed, Level.YELLOW: loose}


def _rare(shared: pl.Expr, holders: pl.Expr, max_holders: int) -> pl.Expr:
    return (shared > 0) & (holders <= max_holders)


@same_hardware_code.grades
def rarity(
    holders_author_disk: pl.Expr,
    holders_author_board: pl.Expr,
    holders_author_mac: pl.Expr,
    holders_author_memory: pl.Expr,
) -> pl.Expr:
    """1 where only these two have shown the code, falling by half with twice as many."""
    return 2 / pl.min_horizontal(
        holders_author_disk, holders_author_board, holders_author_mac, holders_author_memory
    )
