"""E16: one platform account acted for different bidders."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E16",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-REG-40-2",),
    en=Words(
        "Same platform account",
        "One platform account acted for both bidders.",
        "A service that is allowed to handle formalities for several firms and is not on the list yet; an "
        "account handed on with a member of staff.",
        {
            Level.ORANGE: "Steps of both bids were taken in one session of the platform.",
            Level.YELLOW: "Both bids were uploaded with one and the same browser, by its fingerprint.",
        },
    ),
    zh=Words(
        "同账号同会话",
        "同一平台账号为两家投标人办理。",
        "尚未列入清单、依法代办手续的服务机构；随人员流动移交的账号。",
        {
            Level.ORANGE: "两家投标人的操作发生在同一平台会话中。",
            Level.YELLOW: "两份投标文件以同一浏览器（按指纹）上传。",
        },
    ),
)
def same_platform_account(
    shared_account_user: pl.Expr,
    shared_upload_session: pl.Expr,
    shared_upload_browser: pl.Expr,
    holders_upload_browser: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """One account, session or browser of the platform acted for two bidders of one tender.

    RED for the account, ORANGE for a session, YELLOW for a browser that few have shown: its fingerprint is
    often that of a model (rules E16).

    Limits:
        max_holders: bidders that may ever have shown the browser; more make it a common model (a choice, as
            for hardware codes).
            | 曾出现该浏览器指纹的投标人数上限；更多说明其为常见机型。

    """
    return {
        Level.RED: shared_account_user > 0,
        Level.ORANGE: shared_upload_session > 0,
        Level.YELLOW: (shared_upload_browser > 0) & (holders_upload_browser <= max_holders),
    }
