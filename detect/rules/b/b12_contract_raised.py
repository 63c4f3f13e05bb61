"""B12: the contract was raised soon after the award."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B12",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.CONTRACT,
    law=("CN-LAW-46", "CN-LAW-59", "CN-REG-57"),
    en=Words(
        "Contract raised after the award",
        "The contract departs from the award by {contract_to_award:+.1%} as first signed and by "
        "{contract_change:+.1%} as it stood 90 days after the award.",
        "Work that could not be foreseen, an option taken up, or a contract that covers several lots.",
    ),
    zh=Words(
        "中标后合同金额上调",
        "合同首次签订金额较中标金额变化 {contract_to_award:+.1%}，中标后90日时变化 {contract_change:+.1%}。",
        "不可预见工程；行使选择权；一份合同涵盖多个标段。",
    ),
)
def contract_raised(
    contract_to_award: pl.Expr, contract_change: pl.Expr, *, min_increase: float = 0.10
) -> pl.Expr:
    """The contract was signed above the award, or raised within ninety days of it.

    A low bid repaired after the award costs the others their chance. Clear needs both figures.
    Example: an award of 10.0 million, changed to 11.3 million after eight weeks: 13 %.

    Limits:
        min_increase: a tenth of the award; smaller changes belong to most works (rules B12).
            | 中标金额的十分之一；更小的变更在工程中普遍存在。

    """
    return (contract_to_award >= min_increase) | (contract_change >= min_increase)
