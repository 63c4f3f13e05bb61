"""B03A: of exactly three bids, two come from firms that share a trace, an account or a person."""

import polars as pl

from detect.periods import IN_CHINA, in_china
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B03A",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-LAW-28", "CN-REG-40-1", "CN-REG-40-2", "CN-REG-40-6"),
    needs=("jurisdiction",),
    en=Words(
        "Two linked bidders among three",
        "The tender drew exactly {n_bids} bids, the least that the law accepts, and two of the bidders share "
        "a device, a file mark, an account or a person.",
        "An agent or consultant who serves several firms, a pool licence, or an account of a service "
        "provider.",
    ),
    zh=Words(
        "恰为三家且其中两家存在关联",
        "本标段恰有 {n_bids} 份投标，为法定最低数，其中两家共用设备、文件标识、账户或人员。",
        "同一代理或咨询人员服务多家企业；共用授权许可；服务商账户。",
    ),
)
def linked_among_three(
    shared_author_disk: pl.Expr,
    shared_boq_lock: pl.Expr,
    shared_file_id: pl.Expr,
    shared_ca_key: pl.Expr,
    shared_account_user: pl.Expr,
    shared_deposit_account: pl.Expr,
    shared_refund_account: pl.Expr,
    shared_agent: pl.Expr,
    shared_operator: pl.Expr,
    shared_project_manager: pl.Expr,
    shared_team_member: pl.Expr,
    shared_legal_rep: pl.Expr,
) -> pl.Expr:
    """Exactly as many bids as the law asks for, and two of the bidders share a trace, an account or a person.

    Without the linked bid the tender would have had to be repeated. Any one of the values counts; it is
    clear only where all of them are on record.
    Example: three bids, two of whose deposits came from one account.

    Limits:
        needed_bids: the least number of bidders that the law accepts (招标投标法 28).
            | 法定最少投标人数（招标投标法第二十八条）。

    """
    counts = (
        shared_author_disk, shared_boq_lock, shared_file_id, shared_ca_key, shared_account_user,
        shared_deposit_account, shared_refund_account, shared_agent, shared_operator, shared_project_manager,
        shared_team_member, shared_legal_rep,
    )  # fmt: skip
    return pl.any_horizontal(count > 0 for count in counts)


@linked_among_three.applies("exactly {needed_bids} bids", "恰有 {needed_bids} 份投标")
def exactly_three(n_bids: pl.Expr, *, needed_bids: int = 3) -> pl.Expr:
    """One more bid, and the tender would not hang on these two."""
    return n_bids == needed_bids


linked_among_three.applies(*IN_CHINA)(in_china)
