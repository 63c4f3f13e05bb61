"""M05: guarantees of different bidders issued one after the other."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M05",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.DEPOSIT,
    law=("CN-REG-40-6",),
    nominal="max_p",
    en=Words(
        "Sequential guarantees",
        "One issuer made the guarantees of both bidders {numbers_apart_guarantee_insurer} number(s) and "
        "{minutes_apart_guarantee_insurer:.0f} minutes apart; it made {insurer_hourly_rate:.2f} guarantees "
        "per office hour in earlier tenders.",
        "A busy platform in the rush before the deadline; an issuer that gives out blocks of numbers by "
        "tender.",
    ),
    zh=Words(
        "保函号连续或同时开立",
        "两家投标人的保函由同一机构开立，编号相差 {numbers_apart_guarantee_insurer}、相隔 "
        "{minutes_apart_guarantee_insurer:.0f} 分钟；该机构此前每工作小时出具 {insurer_hourly_rate:.2f} 份。",
        "截止前业务集中的平台；按项目分配号段的出具机构。",
    ),
)
def sequential_guarantees(
    shared_guarantee_insurer: pl.Expr,
    numbers_apart_guarantee_insurer: pl.Expr,
    minutes_apart_guarantee_insurer: pl.Expr,
    insurer_hourly_rate: pl.Expr,
    *,
    max_numbers: int = 3,
    max_minutes: float = 10.0,
    max_p: float = 0.01,
) -> pl.Expr:
    """One issuer made the guarantees of two bidders of one tender one directly after the other.

    By neighbouring numbers, or so close in time that the issuer's usual rate does not explain it (rules M05).
    Without 30 earlier guarantees of the issuer its rate is unknown, and closeness in time does not count.

    Example: an issuer of 0.02 guarantees per office hour makes another within 10 minutes of a given one with
    chance 1 - exp(-2 x 10 / 60 x 0.02) = 0.7 %; at 0.1 per hour it is 3.3 %, and the pair is cleared.

    Limits:
        max_numbers: distance of the numbers of guarantees made for one visitor (rules M05).
            | 同一办理人的保函编号间隔。
        max_minutes: time between two guarantees made for one visitor (rules M05).
            | 同一办理人的两份保函间隔时间。
        max_p: chance of another guarantee of this issuer so close, by a Poisson law at its usual rate.
            | 按该机构通常出具速度（泊松分布）计算，如此接近的概率上限。

    """
    numbers = (numbers_apart_guarantee_insurer <= max_numbers).fill_null(False)
    rare = (chance_of_another(minutes_apart_guarantee_insurer, insurer_hourly_rate) <= max_p).fill_null(False)
    times = (minutes_apart_guarantee_insurer <= max_minutes).fill_null(False) & rare
    shared = shared_guarantee_insurer > 0
    timed = minutes_apart_guarantee_insurer.is_not_null() & insurer_hourly_rate.is_not_null()
    looked = ~shared | numbers_apart_guarantee_insurer.is_not_null() | timed
    return pl.when(looked).then(shared & (numbers | times))


def chance_of_another(minutes: pl.Expr, hourly_rate: pl.Expr) -> pl.Expr:
    """Chance that an issuer made another guarantee within so many minutes, before or after."""
    return 1 - (-2 * minutes / 60 * hourly_rate).exp()


@sequential_guarantees.chance
def by_chance(
    numbers_apart_guarantee_insurer: pl.Expr,
    minutes_apart_guarantee_insurer: pl.Expr,
    insurer_hourly_rate: pl.Expr,
    *,
    max_numbers: int = 3,
) -> pl.Expr:
    """Chance of a gap so small at the issuer's usual rate; null where numbers decide or it is not known."""
    p = chance_of_another(minutes_apart_guarantee_insurer, insurer_hourly_rate)
    return pl.when((numbers_apart_guarantee_insurer <= max_numbers).not_().fill_null(True)).then(p)


@sequential_guarantees.grades
def by_numbers_or_time(
    numbers_apart_guarantee_insurer: pl.Expr,
    minutes_apart_guarantee_insurer: pl.Expr,
    insurer_hourly_rate: pl.Expr,
    *,
    max_numbers: int = 3,
) -> pl.Expr:
    """Neighbouring numbers are a fact; closeness in time counts by its chance."""
    p = chance_of_another(minutes_apart_guarantee_insurer, insurer_hourly_rate)
    return (
        pl.when(numbers_apart_guarantee_insurer <= max_numbers)
        .then(1.0)
        .otherwise(-p.clip(1e-6, 1).log10() / 6)
    )
