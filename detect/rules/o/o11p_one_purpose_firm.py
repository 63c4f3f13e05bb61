"""O11P: a firm founded shortly before its first tender won once or twice and fell silent."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O11P",
    level=Level.YELLOW,
    grain=Grain.BIDDER,
    weight=Weight.SCREEN,
    point=Point.HISTORY,
    law=("CN-LAW-18", "CN-REG-32"),
    en=Words(
        "Firm that came for one contract",
        "Founded {age_at_first_days} days before its first tender, this firm won {n_won} of the {n_entered} "
        "tenders that it entered and has been silent for {silent_days} days.",
        "A project company that the buyer asked for, or a firm that was renamed, merged or went under.",
    ),
    zh=Words(
        "为单一项目而设的企业",
        "该企业首次投标前成立仅 {age_at_first_days} 天，参与 {n_entered} 个项目、中标 {n_won} 个，"
        "此后沉默 {silent_days} 天。",
        "应招标人要求设立的项目公司；企业更名、合并或停业。",
    ),
)
def one_purpose_firm(
    age_at_first_days: pl.Expr,
    silent_days: pl.Expr,
    n_won: pl.Expr,
    n_entered: pl.Expr,
    *,
    max_age: int = 180,
    min_silence: int = 365,
    max_wins: int = 2,
    max_entered: int = 5,
) -> pl.Expr:
    """The firm was founded shortly before its first tender, won once or twice, and has not been seen since.

    Example: founded in March, bid in June for the first time, won, and not seen in the two years since.

    Limits:
        max_age: half a year from founding to the first tender is short for a builder or a factory.
            | 成立半年内即投标，对施工或生产企业而言偏短。
        min_silence: a year without a bid is more than a pause. | 一年未再投标已非短暂停顿。
        max_wins: the guide says two wins at most. | 通行口径为中标不超过两次。
        max_entered: a firm that tried many tenders came for more than one contract.
            | 参与项目较多者并非只为单一合同。

    """
    brief = age_at_first_days.is_between(0, max_age) & n_won.is_between(1, max_wins)
    return brief & (silent_days >= min_silence) & (n_entered <= max_entered)
