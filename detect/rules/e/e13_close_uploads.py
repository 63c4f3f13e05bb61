"""E13: bids uploaded closer in time than the tender's rush explains."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E13",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.UPLOAD,
    law=("CN-REG-40-2",),
    nominal="max_p",
    en=Words(
        "Close uploads",
        "Both bids were uploaded {upload_gap_minutes:.1f} minutes apart, where {upload_history} earlier "
        "uploads make so small a gap rare among all pairs of {timed_uploads} bids, and from one network "
        "address.",
        "A clerk who entered bids on paper one after the other; two firms that waited for the same last "
        "clarification; a platform that was down and came back; one network exit for a whole building.",
        {Level.INFO: "Both bids were uploaded {upload_gap_minutes:.1f} minutes apart, where {upload_history} "
         "earlier uploads make so small a gap rare among all pairs of {timed_uploads} bids."},
    ),
    zh=Words(
        "上传时间集中",
        "两份投标文件上传相隔 {upload_gap_minutes:.1f} 分钟，且网络地址相同；按此前 {upload_history} 次上传"
        "的规律，在 {timed_uploads} 份投标的所有组合中如此接近属少见。",
        "工作人员依次录入纸质投标；两家等待同一份最后澄清；平台中断后恢复；整栋楼共用出口。",
        {Level.INFO: "两份投标文件上传相隔 {upload_gap_minutes:.1f} 分钟；按此前 {upload_history} 次上传的"
                     "规律，在 {timed_uploads} 份投标的所有组合中如此接近属少见。"},
    ),
)  # fmt: skip
def close_uploads(
    upload_gap_p: pl.Expr,
    upload_gap_p_adjusted: pl.Expr,
    upload_run_p: pl.Expr,
    upload_gap_minutes: pl.Expr,
    shared_upload_ip: pl.Expr,
    shared_download_ip: pl.Expr,
    upload_history: pl.Expr,
    timed_uploads: pl.Expr,
    *,
    max_p: float = 0.01,
    max_minutes: float = 10.0,
    min_history: int = 200,
) -> dict[Level, pl.Expr]:
    """Two bids of one tender were uploaded closer in time than earlier tenders' uploads explain.

    Alone it is INFO; with the same address at upload or download YELLOW (rules E13). A fixed gap says
    nothing: with uploads exponential before the deadline (mean 4 hours) some pair lies within 10 minutes in
    34 % of honest tenders with five bids and in 85 % with ten. So the chance rests on how uploads of
    earlier tenders arrive, over all pairs of the tender; three or more uploads in a row count as well, and
    name the pairs that are rare by themselves.

    Example: where a bid still to come arrives once in 240 minutes, two uploads 20 seconds apart have
    p = 0.33 / 240 = 0.14 %; among the ten pairs of five bids 1.4 %, which is no hit. At a time of day when
    bids come ten times more slowly it is 0.14 %, and one.

    Limits:
        max_p: chance of a pair, or a run of three, so close somewhere in the tender; half of it for each.
            | 标段内出现如此接近的一对或连续三份上传的概率上限，两种情形各占一半。
        max_minutes: time of one sitting (rules E13).
            | 一次连续操作的时间。
        min_history: earlier uploads from which a rate speaks for itself.
            | 上传规律所需的最少历史次数。

    """
    found = (chance_somewhere(upload_gap_p_adjusted, upload_run_p) <= max_p) & (upload_gap_p <= max_p)
    close = found & (upload_gap_minutes <= max_minutes) & (upload_history >= min_history)
    tested = upload_gap_p_adjusted.is_not_null() & timed_uploads.is_not_null()
    same = (shared_upload_ip > 0).fill_null(False) | (shared_download_ip > 0).fill_null(False)
    hit = close.fill_null(False)
    return {Level.INFO: pl.when(tested).then(hit), Level.YELLOW: pl.when(tested).then(hit & same)}


def chance_somewhere(pair: pl.Expr, run: pl.Expr) -> pl.Expr:
    """Bonferroni over the two tests; a tender of two bids has no run, and one test."""
    both = pl.min_horizontal(pair, run) * 2
    return pl.when(run.is_null()).then(pair).otherwise(both).clip(upper_bound=1.0)


@close_uploads.chance_somewhere
def by_chance(upload_gap_p_adjusted: pl.Expr, upload_run_p: pl.Expr) -> pl.Expr:
    """Chance of a pair or a run so close somewhere in the tender."""
    return chance_somewhere(upload_gap_p_adjusted, upload_run_p)
