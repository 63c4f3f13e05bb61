"""E06: bids of different bidders contain one and the same file."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E06",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-40-4", "CN-REG-40-5"),
    en=Words(
        "Identical file",
        "The two bid files are the same, byte by byte.",
        "One file uploaded for the wrong bidder by a service; a test upload that was not withdrawn.",
        {
            Level.ORANGE: "{shared_attachment_hash} attached file(s) of the two bids are the same, byte by "
            "byte; {holders_attachment_hash} bidders have ever shown the rarest."
        },
    ),
    zh=Words(
        "投标文件（或附件）校验值相同",
        "两份投标文件逐字节相同。",
        "代办机构误将同一文件传给另一家；未撤回的测试上传。",
        {
            Level.ORANGE: "两份投标文件有 {shared_attachment_hash} 个附件逐字节相同；其中最少见的附件曾见于 "
            "{holders_attachment_hash} 家投标人。"
        },
    ),
)
def same_file_hash(
    shared_file_hash: pl.Expr,
    shared_attachment_hash: pl.Expr,
    holders_attachment_hash: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """Two bids of one tender contain the same file, byte by byte.

    The whole bid file is RED; an attachment is ORANGE where few have ever shown it: a maker's licence or a
    standard that everybody attaches is no link (FX06). The published tender documents are known by their
    hash as files of the buyer (FX05).

    Limits:
        max_holders: bidders that may ever have attached the file, these two included; more say that it is a
            public document (a choice, as for hardware codes).
            | 曾附同一文件的投标人数上限（含本次两家）；更多说明其为公开文件。

    """
    return {
        Level.RED: shared_file_hash > 0,
        Level.ORANGE: (shared_attachment_hash > 0) & (holders_attachment_hash <= max_holders),
    }
