"""M03: deposits of different bidders paid together at one bank branch."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M03",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.DEPOSIT,
    law=("CN-REG-40-6", "CN-REG-40-2"),
    en=Words(
        "Same branch, same sitting",
        "Both deposits were paid at one branch with {numbers_apart_deposit_branch} transaction number(s) "
        "between them; this branch paid {branch_usual_share:.1%} of the deposits of earlier tenders.",
        "Two firms of one district that paid on the last day; a branch beside the trading centre; a batch "
        "transfer of the bank that numbers payments in the order of arrival.",
        {Level.YELLOW: "Both deposits were paid at one branch, {minutes_apart_deposit_branch:.0f} minutes "
                       "and {numbers_apart_deposit_branch} transaction number(s) apart; this branch paid "
                       "{branch_usual_share:.1%} of the deposits of earlier tenders."},
    ),
    zh=Words(
        "保证金同一网点、同一时段、流水号连续",
        "两家保证金在同一网点转出，流水号相差 {numbers_apart_deposit_branch}；"
        "该网点占此前保证金笔数的 {branch_usual_share:.1%}。",
        "同一区县企业在截止前最后一日缴纳；交易中心附近的网点；银行批量转账按到达顺序编号。",
        {Level.YELLOW: "两家保证金在同一网点转出，相隔 {minutes_apart_deposit_branch:.0f} 分钟、"
         "流水号相差 {numbers_apart_deposit_branch}；该网点占此前保证金笔数的 {branch_usual_share:.1%}。"},
    ),
)  # fmt: skip
def same_branch_same_sitting(
    shared_deposit_branch: pl.Expr,
    minutes_apart_deposit_branch: pl.Expr,
    numbers_apart_deposit_branch: pl.Expr,
    branch_usual_share: pl.Expr,
    *,
    max_minutes: float = 15.0,
    max_numbers: int = 5,
    consecutive: int = 1,
    max_share: float = 0.2,
) -> dict[Level, pl.Expr]:
    """The deposits of two bidders of one tender were paid at one bank branch in one sitting.

    YELLOW within minutes or a few numbers, ORANGE with neighbouring numbers (rules M03; a warning sign of the
    World Bank). A branch that pays most deposits anyway is cleared; where too few earlier deposits are known,
    its share is unknown and does not clear.

    Example: of 480 working minutes on each of six days, two independent payments at one branch fall within 15
    minutes of each other in about 1 % of cases. With neighbouring numbers at a branch of 200 transactions a
    day it is 2 in 1,200.

    Limits:
        max_minutes: time of one visit to the counter (rules M03).
            | 一次柜面办理所需时间。
        max_numbers: distance of transaction numbers of one visit (rules M03).
            | 一次办理中流水号的间隔。
        consecutive: distance at which numbers are neighbours.
            | 流水号相邻的间隔。
        max_share: share of earlier deposits above which many pay at the branch anyway (rules M03).
            | 该网点在此前保证金中的占比上限，更高说明多数投标人都在此缴纳。

    """
    quiet = (branch_usual_share <= max_share).fill_null(True)
    close = (minutes_apart_deposit_branch <= max_minutes) | (numbers_apart_deposit_branch <= max_numbers)
    shared = shared_deposit_branch > 0
    timed = minutes_apart_deposit_branch.is_not_null() | numbers_apart_deposit_branch.is_not_null()
    neighbours = (numbers_apart_deposit_branch <= consecutive).fill_null(False)
    looked = ~shared | timed
    return {
        Level.YELLOW: pl.when(looked).then(shared & close.fill_null(False) & quiet),
        Level.ORANGE: pl.when(looked).then(shared & neighbours & quiet),
    }
