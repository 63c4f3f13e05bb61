"""P03: one person is named in the project teams of two bids."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P03",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-40-3", "CN-MOF87-37-3"),
    en=Words(
        "Same project member",
        "Both bids name the same person as project manager or team member.",
        "Staff who changed firms between two bids' preparation; a freelance specialist offered by both firms "
        "without knowing of each other; a typing slip in an id number.",
        {
            Level.INFO: "Both bids name a project member of the same name; whether it is one person is not "
            "on record."
        },
    ),
    zh=Words(
        "项目管理成员为同一人",
        "两份投标文件载明的项目负责人或项目成员为同一人。",
        "编制投标文件期间人员流动；双方互不知情地聘用同一兼职人员；证件号码录入错误。",
        {Level.INFO: "两份投标文件载明的项目成员同名；是否为同一人未见记录。"},
    ),
)
def same_project_member(
    shared_project_manager: pl.Expr, shared_team_member: pl.Expr, shared_team_member_name: pl.Expr
) -> dict[Level, pl.Expr]:
    """Two bids of one tender name the same person in their project teams.

    Managers are compared with managers and members with members, by hashed id or certificate number; it is
    clear only where both are on record. A source lists the manager among the members as
    well, so that one bid's manager is found in the other bid's team. Where ids are missing on one
    side, equal names are INFO (FX15).
    """
    same_member, same_name = shared_team_member > 0, shared_team_member_name > 0
    return {
        Level.RED: (shared_project_manager > 0) | same_member,
        Level.INFO: same_member.fill_null(same_name),
    }
