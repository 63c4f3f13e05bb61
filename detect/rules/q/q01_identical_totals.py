"""Q01: two bidders ask exactly the same total."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q01",
    level=Level.ORANGE,
    grain=Grain.BID,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    en=Words(
        "Identical totals",
        "This bid of {amount:,.2f} equals the total of {equal_bids} other bidder(s) to the last unit, with "
        "{nonzero_digits} non-zero digits.",
        "Published or regulated unit prices, a budget known to all, or a source that copies the award value "
        "into every bid.",
        {
            Level.YELLOW: "This bid of {amount:,.2f} equals the total of {equal_bids} other bidder(s); "
            "the number is round."
        },
    ),
    zh=Words(
        "报价相同",
        "本报价 {amount:,.2f} 与其他 {equal_bids} 家投标人的总价完全相同，含 {nonzero_digits} 个非零数字。",
        "公布或管制的单价；众所周知的预算；来源数据将中标价填入每份投标。",
        {Level.YELLOW: "本报价 {amount:,.2f} 与其他 {equal_bids} 家投标人的总价相同，且为整数价。"},
    ),
)
def identical_totals(
    equal_bids: pl.Expr, nonzero_digits: pl.Expr, amount: pl.Expr, ceiling: pl.Expr, *, min_digits: int = 5
) -> dict[Level, pl.Expr]:
    """Another bidder's total is exactly equal to this one, and it is not the ceiling price.

    Totals are compared as decimals. Where no ceiling price is on record, no total can be at it.

    Limits:
        min_digits: round totals meet by chance, and bids of one size share their leading digits anyway.
            Five non-zero digits are a choice, to be tuned on local data.
            | 整数价易偶然相同，且同规模报价的前几位本就接近；五位为设定值，应按本地数据调整。

    """
    equal = (equal_bids > 0) & (amount != ceiling).fill_null(True)
    return {Level.YELLOW: equal, Level.ORANGE: equal & (nonzero_digits >= min_digits)}


@identical_totals.applies("at least two bids", "至少两份投标")
def several_bids(n_bids: pl.Expr) -> pl.Expr:
    """One bid has nothing to be equal to."""
    return n_bids >= 2


@identical_totals.applies("the bid was not withdrawn", "投标未撤回")
def stands(status: pl.Expr) -> pl.Expr:
    """A withdrawn bid is out of the competition."""
    return status != "withdrawn"
