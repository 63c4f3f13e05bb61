"""E05: bid files of different bidders carry one creation id."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E05",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.UPLOAD,
    law=("CN-REG-40-1", "CN-62-OPINION-2024"),
    en=Words(
        "Same file creation id",
        "Both bid files carry the same creation id: one was made from a copy of the other, and the rules "
        "in force here take that for one author.",
        "A template project file that a software vendor or agent hands out; a tool that gives the id by "
        "version and not by file.",
        {
            Level.ORANGE: "Both bid files carry the same creation id: one was made from a copy of the "
            "other, or both from a third file."
        },
    ),
    zh=Words(
        "文件创建标识码一致",
        "两份投标文件的创建标识码相同，即一份由另一份复制而来，当地规则将其视为同一单位编制。",
        "软件厂商或代理机构分发的模板工程文件；制作工具按版本而非按文件生成标识码。",
        {
            Level.ORANGE: "两份投标文件的创建标识码相同，即一份由另一份复制而来，或均来自第三份文件。",
        },
    ),
)
def same_file_creation_id(shared_file_id: pl.Expr, *, decides: bool = False) -> dict[Level, pl.Expr]:
    """Two bid files of one tender carry the same creation id.

    Practice is split: in some places the id decides, elsewhere the committee judges (rules E05). So it is
    ORANGE, and RED only under a parameter set of a place whose approved rule says so.

    Limits:
        decides: whether the local rule takes an equal id alone for one author; by default it does not.
            | 当地规则是否将标识码一致直接认定为同一单位编制；默认否，由评标委员会判断。

    """
    same = shared_file_id > 0
    return {Level.RED: same & pl.lit(decides), Level.ORANGE: same}
