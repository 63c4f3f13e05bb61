"""O12: a tender is called again and again until a firm that was always there wins."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O12",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.AWARD,
    law=("CN-LAW-28",),
    en=Words(
        "Called again until won",
        "{earlier_rounds} earlier call(s) of this tender failed, with {most_earlier_bids} bids at most; the "
        "winner bid in every one of them: {winner_in_every_round}.",
        "Work that few firms want, at a price that the buyer has to raise step by step.",
    ),
    zh=Words(
        "多次流标重招后中标",
        "本标段此前流标 {earlier_rounds} 次，其间最多 {most_earlier_bids} 份投标；"
        "中标人是否参与历次招标：{winner_in_every_round}。",
        "愿意承接的企业少，招标人逐次提高限价。",
    ),
)
def called_again_until_won(
    earlier_rounds: pl.Expr,
    winner_in_every_round: pl.Expr,
    most_earlier_bids: pl.Expr,
    *,
    min_earlier: int = 2,
    enough_bids: int = 3,
) -> pl.Expr:
    """Two calls or more failed before, and the winner bid in all of them or they drew fewer than three bids.

    Example: calls one and two drew two bids each and failed; the third was won by a firm that had bid in
    both: a hit.

    Limits:
        min_earlier: the third call is the first that is remarkable. | 第三次招标起才值得注意。
        enough_bids: with fewer than three bids a tender must be called again by law.
            | 投标人少于三个的，依法应重新招标。

    """
    told = winner_in_every_round | (most_earlier_bids < enough_bids)
    return (earlier_rounds >= min_earlier) & told


@called_again_until_won.applies("a repeated call", "重新招标的标段")
def repeated(round: pl.Expr) -> pl.Expr:  # noqa: A002 - the column's name
    """A first call has no calls before it."""
    return round >= 2
