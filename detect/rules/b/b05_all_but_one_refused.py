"""B05: the committee refused all bids but one."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B05",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-41", "CN-REG-51"),
    en=Words(
        "All bids but one refused",
        "Of {n_bids} bids {n_disqualified} were refused and one was admitted; {n_rejected_lower} of the "
        "refused "
        "bids were lower than it.",
        "A strict technical test that most offers failed, bids for a part of the items only, or a source "
        "that "
        "marks all losing bids as refused.",
        {
            Level.YELLOW: "Of {n_bids} bids {n_disqualified} were refused and one was admitted; "
            "{n_rejected_lower} of the refused bids were lower than it. With so few bids this is not rare.",
            Level.INFO: "Of {n_bids} bids {n_disqualified} were refused and one was admitted; no lower "
            "bid is "
            "known to be among the refused ones.",
        },
    ),
    zh=Words(
        "除一家外全部否决",
        "{n_bids} 份投标中 {n_disqualified} 份被否决，仅一份通过评审；被否决投标中 {n_rejected_lower} "
        "份报价更低。",
        "技术门槛严格，多数投标未达标；仅对部分品目报价；来源数据将全部落标者记为否决。",
        {
            Level.YELLOW: "{n_bids} 份投标中 {n_disqualified} 份被否决，仅一份通过评审；"
            "被否决投标中 {n_rejected_lower} 份报价更低。投标数较少时此情形并不罕见。",
            Level.INFO: "{n_bids} 份投标中 {n_disqualified} 份被否决，仅一份通过评审；"
            "未见报价更低的投标被否决。",
        },
    ),
)
def all_but_one_refused(
    only_one_admitted: pl.Expr,
    n_rejected_lower: pl.Expr,
    n_bids: pl.Expr,
    n_disqualified: pl.Expr,
    *,
    many_bids: int = 5,
) -> dict[Level, pl.Expr]:
    """The committee refused all bids but one.

    INFO where no lower bid is known to be among the refused ones, since then price alone would have given
    the same winner; YELLOW where one is; ORANGE where there were many bids besides.
    Example: ten bids, nine refused, the third lowest alone admitted: two lower bids were refused.

    Limits:
        many_bids: in one real market a fifth of the tenders with three bids end so, but one in twelve of
            those with five and more, and one in twenty-one with a lower bid refused.
            | 某真实市场中三家投标者五分之一如此，五家及以上约十二分之一，且含更低报价被否决者约二十一分之一。
        least_bids: of two bids, one is often refused (rules B05).
            | 仅两家投标时否决一家并不少见。

    """
    lower = only_one_admitted & (n_rejected_lower >= 1).fill_null(False)
    refused = pl.when(n_disqualified.is_not_null()).then(only_one_admitted)
    return {Level.INFO: refused, Level.YELLOW: lower, Level.ORANGE: lower & (n_bids >= many_bids)}


@all_but_one_refused.applies("at least {least_bids} bids", "至少 {least_bids} 份投标")
def several_bids(n_bids: pl.Expr, *, least_bids: int = 3) -> pl.Expr:
    """Of two bids, one is often refused."""
    return n_bids >= least_bids


@all_but_one_refused.grades
def how_many(n_disqualified: pl.Expr) -> pl.Expr:
    """Two refusals of three bids count half, nine of ten almost nine tenths."""
    return 1 - 1 / n_disqualified
