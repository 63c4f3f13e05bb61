"""P08: people moved between two bidders shortly before the tender."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P08",
    level=Level.INFO,
    grain=Grain.TIE,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-REG-39",),
    en=Words(
        "Recent staff movement",
        "{moved_staff} manager(s) or agent(s) stood for one bidder and then for the other in earlier "
        "tenders, {staff_move_days} days apart; the two had met in {joint_tenders} earlier tender(s).",
        "People change jobs within a trade, and small places have few licensed managers.",
    ),
    zh=Words(
        "人员近期流动",
        "{moved_staff} 名项目负责人或代理人在此前项目中先后代表两家投标人，相隔 {staff_move_days} 天；"
        "两家此前共同投标 {joint_tenders} 次。",
        "同行业人员正常跳槽；小地方持证人员有限。",
    ),
)
def recent_staff_move(
    moved_staff: pl.Expr,
    staff_move_days: pl.Expr,
    joint_tenders: pl.Expr,
    *,
    max_days: int = 180,
    min_joint: int = 1,
) -> pl.Expr:
    """A manager or agent stood for both bidders in different tenders shortly before, and the two meet again.

    Context only (rules P08).

    Limits:
        max_days: days between the two posts (rules P08).
            | 两次任职间隔天数。
        min_joint: earlier tenders in which both bid; with this one they met twice (rules P08).
            | 此前共同投标次数下限，连同本次至少两次。

    """
    moved = (moved_staff > 0) & (staff_move_days <= max_days)
    met = moved & (joint_tenders >= min_joint)
    return pl.when(moved_staff > 0).then(met).when(moved_staff == 0).then(False)
