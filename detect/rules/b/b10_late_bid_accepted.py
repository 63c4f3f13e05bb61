"""B10: a bid that arrived after the deadline was let in."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B10",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-36", "CN-LAW-28"),
    en=Words(
        "Late bid accepted",
        "Of {n_late_accepted} bid(s) that arrived after the deadline and were admitted, one came "
        "{least_minutes_late:.0f} minutes late.",
        "A postponement that is not on record, an upload begun in time, a clock that was wrong, or the "
        "moment of entry taken for that of arrival.",
        {
            Level.INFO: "{n_late_accepted} admitted bid(s) are dated after the deadline, by less than a "
            "minute or by more than {max_hours:g} hours: rather a matter of clocks or of entry than "
            "of arrival."
        },
    ),
    zh=Words(
        "逾期投标被接收",
        "{n_late_accepted} 份投标在截止时间后到达仍被接收，其中一份逾期 {least_minutes_late:.0f} 分钟。",
        "延期未记入数据；截止前已开始上传；时钟误差；以录入时间代替到达时间。",
        {
            Level.INFO: "{n_late_accepted} 份有效投标的时间晚于截止，但不足一分钟或超过 {max_hours:g} "
            "小时，更可能是时钟误差或录入时间。"
        },
    ),
)
def late_bid_accepted(
    n_late_accepted: pl.Expr, least_minutes_late: pl.Expr, *, max_hours: float = 24.0
) -> dict[Level, pl.Expr]:
    """A bid arrived after the deadline and was admitted all the same.

    Only where most bids arrived in time: if not, the deadline moved or the dates are not those of arrival.
    Deadlines are set to the minute, so that less than a minute is no lateness but INFO.
    Example: deadline 9:30, four bids before it and one at 9:34.

    Limits:
        max_hours: nobody waits for a bid longer; later dates are those of entry, and INFO. In one real source
            nearly half of the late bids are dated later than that.
            | 不会为一份投标等待更久；更晚者多为录入时间，仅作背景提示。某真实来源中近半数迟于此。

    """
    late = n_late_accepted >= 1
    return {Level.INFO: late, Level.RED: late & (least_minutes_late <= max_hours * 60).fill_null(False)}


@late_bid_accepted.applies("most bids arrived in time", "多数投标按时到达")
def most_in_time(n_late_accepted: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Where most are late, it is the recorded moments that are late."""
    return n_late_accepted * 2 < n_valid.clip(lower_bound=1)
