"""Q01: two bidders ask exactly the same total."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain

IDENTITY = 8
"""Digits that are not zero from which equal totals are as good as a shared identifier."""

NO_DIGITS = 2
"""Digits that bids of one tender share anyway: its size."""

CENT = 0.01
"""A total within a cent of a published amount is that amount, less what a division left over."""


@rule(
    "Q01",
    level=Level.ORANGE,
    grain=Grain.BID,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    version=3,
    en=Words(
        "Identical totals",
        "This bid of {amount:,.2f} equals the total of {equal_bids} other bidder(s) to the last unit, with "
        "{free_digits} non-zero digits (before tax where that is fewer).",
        "Published or regulated unit prices, a budget known to all, or a source that copies the award value "
        "into every bid.",
        {
            Level.YELLOW: "This bid of {amount:,.2f} equals the total of {equal_bids} other bidder(s); "
            "such totals can meet by chance.",
            Level.INFO: "This bid of {amount:,.2f} equals the total of {equal_bids} other bidder(s); the "
            "number is round, the grid of prices coarse, or one price was asked by all.",
        },
    ),
    zh=Words(
        "报价相同",
        "本报价 {amount:,.2f} 与其他 {equal_bids} 家投标人的总价完全相同，含 {free_digits} 个非零数字（税前"
        "更少者按税前计）。",
        "公布或管制的单价；众所周知的预算；来源数据将中标价填入每份投标。",
        {
            Level.YELLOW: "本报价 {amount:,.2f} 与其他 {equal_bids} 家投标人的总价相同；"
            "此类数值可能偶然相同。",
            Level.INFO: "本报价 {amount:,.2f} 与其他 {equal_bids} 家投标人的总价相同；"
            "该数为整数、报价网格很粗，或各家报价均为同一价格。",
        },
    ),
)
def identical_totals(
    equal_bids: pl.Expr,
    free_digits: pl.Expr,
    amount: pl.Expr,
    ceiling: pl.Expr,
    estimate: pl.Expr,
    n_equal_bids: pl.Expr,
    tie_chance: pl.Expr,
    mechanism: pl.Expr,
    one_scale: pl.Expr,
    *,
    min_digits: int = 5,
    few_digits: int = 3,
    max_tie_chance: float = 1e-3,
    common_tie_chance: float = 0.05,
) -> dict[Level, pl.Expr]:
    """Another bidder's total is exactly equal to this one, and it is neither the ceiling nor the estimate.

    Totals are compared as decimals. Where no ceiling or estimate is on record, no total can be at it.
    ORANGE needs a number that is free to be otherwise: many digits, also before tax, bids that do not lie
    on a coarse grid, and no second pair of equal totals, which would speak for common unit prices.
    Where unit prices stand among totals, the bids say nothing about how far apart totals lie, and only eight
    digits make ORANGE.
    Where all bids are equal, the mechanism must be on record: else the price may have been set, which is INFO
    where three firms or more ask it.

    Example: two of five bids are 277,998.56. Bids between 270,000.00 and 300,000.00 have three million places
    to fall on, so ten pairs meet with chance 3 in a million; eight digits agree and the strength is full. Two
    bids of 159,300.00 agree in four digits, but before a tax of 18 % they are 135,000: three digits, weak.

    Limits:
        min_digits: round totals meet by chance, and bids of one size share their leading digits anyway.
            Five non-zero digits are a choice, to be tuned on local data.
            | 整数价易偶然相同，且同规模报价的前几位本就接近；五位为设定值，应按本地数据调整。
        few_digits: totals of one or two digits, also before tax, meet all the time and are INFO.
            | 仅一两个非零数字（含税前）的总价经常相同，仅作背景提示。
        max_tie_chance: expected equal pairs if bids fell evenly on the grid that they share; one in a
            thousand is what a strong lead asks of any statistic.
            | 若报价均匀落在共同网格上的期望相同对数；强线索要求偶然概率不超过千分之一。
        common_tie_chance: on a coarser grid equal totals are to be expected and are INFO.
            | 网格更粗时相同报价属意料之中，仅作背景提示。

    """
    published = pl.any_horizontal(
        ((amount - known).abs() < CENT).fill_null(False) for known in (ceiling, estimate)
    )
    equal = (equal_bids > 0) & ~published
    rare = (tie_chance <= max_tie_chance) | (tie_chance.is_null() & mechanism.is_not_null())
    digits = pl.when(one_scale.is_null()).then(IDENTITY).otherwise(min_digits)
    free = (free_digits >= digits) & rare & (n_equal_bids <= equal_bids + 1)
    one_price = tie_chance.is_null() & mechanism.is_null() & (equal_bids >= 2)
    unusual = (tie_chance <= common_tie_chance).fill_null(True) & (free_digits >= few_digits) & ~one_price
    return {
        Level.INFO: equal,
        Level.YELLOW: equal & unusual,
        Level.ORANGE: equal & unusual & free.fill_null(False),
    }


@identical_totals.applies("at least two bids", "至少两份投标")
def several_bids(n_bids: pl.Expr) -> pl.Expr:
    """One bid has nothing to be equal to."""
    return n_bids >= 2


@identical_totals.applies("the bid was not withdrawn", "投标未撤回")
def stands(status: pl.Expr) -> pl.Expr:
    """A withdrawn bid is out of the competition."""
    return status != "withdrawn"


@identical_totals.grades
def by_digits(free_digits: pl.Expr) -> pl.Expr:
    """Five digits are worth half of eight, which two firms do not write down twice by chance."""
    return (free_digits.cast(pl.Float64) - NO_DIGITS) / (IDENTITY - NO_DIGITS)
