"""O07: the first gives up the award and a dearer bid takes it."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O07",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.AWARD,
    law=("CN-REG-39", "CN-REG-55", "CN-REG-74"),
    en=Words(
        "One gives way to the other, again or with a link",
        "One of the two gave up the award and the other took it, {gave_way_increase:.1%} dearer; in the two "
        "years before, one of these two gave way to the other {gave_way_before} time(s).",
        "A winner that lost its licence, key staff or credit after bidding, or found an error in its price.",
        {
            Level.INFO: "One of the two gave up the award and the other took it, {gave_way_increase:.1%} "
            "dearer; no earlier case is on record, nor a shared device, file mark, account or person as far "
            "as these are on record for both."
        },
    ),
    zh=Words(
        "第一名放弃后由关联或同一企业递补",
        "两家中一家放弃中标，由另一家递补，金额高出 {gave_way_increase:.1%}；此前两年内两家之间已递补"
        " {gave_way_before} 次。",
        "中标人投标后资质、关键人员或授信发生变化，或发现报价错误。",
        {
            Level.INFO: "两家中一家放弃中标，由另一家递补，金额高出 {gave_way_increase:.1%}；"
            "未见此前递补记录；就双方均有记录的设备、文件标识、账户和人员而言，未见共用。"
        },
    ),
)
def giving_way(
    gave_way: pl.Expr,
    gave_way_increase: pl.Expr,
    gave_way_before: pl.Expr,
    n_award_replacements: pl.Expr,
    shared_author_mac: pl.Expr,
    shared_author_disk: pl.Expr,
    shared_author_board: pl.Expr,
    shared_upload_mac: pl.Expr,
    shared_upload_disk: pl.Expr,
    shared_boq_lock: pl.Expr,
    shared_file_id: pl.Expr,
    shared_file_hash: pl.Expr,
    shared_ca_key: pl.Expr,
    shared_account_user: pl.Expr,
    shared_deposit_account: pl.Expr,
    shared_refund_account: pl.Expr,
    shared_guarantee_account: pl.Expr,
    shared_agent: pl.Expr,
    shared_operator: pl.Expr,
    shared_project_manager: pl.Expr,
    shared_team_member: pl.Expr,
    shared_legal_rep: pl.Expr,
    shared_shareholder: pl.Expr,
    shared_director: pl.Expr,
    *,
    min_increase: float = 0.0,
    min_before: int = 1,
) -> dict[Level, pl.Expr]:
    """The bidder that was to have the award gave it up, and the other one took it at a higher price.

    ORANGE if it happened between the same two before, or if they share a device, a file mark, an account or a
    person; what is not on record for both is no link, and no proof that there is none.
    A tender whose award never passed on is clear; one without an award on record cannot be evaluated.

    Example: X withdraws with 9.0 million, Y takes over with 9.7 million (+7.8 %), as it did fourteen
    months ago: ORANGE. Without that earlier case and without a link: INFO.

    Limits:
        min_increase: the award has to become dearer, by whatever little; at the same or a lower price
            nobody gains. | 递补后金额须更高；持平或降低则无人获利。
        min_before: with this one, twice in two years. | 连同本次，两年内共两次。

    """
    links = (
        shared_author_mac, shared_author_disk, shared_author_board, shared_upload_mac, shared_upload_disk,
        shared_boq_lock, shared_file_id, shared_file_hash, shared_ca_key, shared_account_user,
        shared_deposit_account, shared_refund_account, shared_guarantee_account, shared_agent,
        shared_operator, shared_project_manager, shared_team_member, shared_legal_rep, shared_shareholder,
        shared_director,
    )  # fmt: skip
    linked = pl.any_horizontal((link > 0).fill_null(False) for link in links)
    passed = gave_way.fill_null(False)
    dearer = pl.when(passed).then(gave_way_increase > min_increase).otherwise(False)
    again = (gave_way_before >= min_before).fill_null(False)
    told = n_award_replacements.is_not_null()
    return {
        Level.INFO: pl.when(told).then(dearer),
        Level.ORANGE: pl.when(told).then(dearer & (again | linked)),
    }
