import pytest
from sqlalchemy import Engine

from cases.act import Changed, Unfit
from cases.closing import decide
from cases.owning import assign, auto_assign, sharing, take, working
from cases.roles import Refused
from cases.talking import news, seen
from cases.workflow import State


def test_taking_begins_the_review(desk: Engine) -> None:
    alert = take(desk, "li", 2, 1)
    assert (alert.owner, alert.state) == ("li", "in_review")
    with pytest.raises(Unfit, match="yours already"):
        take(desk, "li", 2, 2)


def test_only_who_may_assign_takes_from_a_colleague(desk: Engine) -> None:
    take(desk, "li", 2, 1)
    with pytest.raises(Refused, match="assign_others"):
        take(desk, "wang", 2, 2)
    assert take(desk, "chen", 2, 2).owner == "chen"


def test_an_assigned_colleague_is_told(desk: Engine) -> None:
    assert assign(desk, "chen", 2, 1, "wang", "你熟悉").state == "assigned"
    (notice,) = news(desk, "wang")
    assert (notice.actor, notice.kind, notice.text, notice.alert_id) == ("chen", "assigned", "你熟悉", 2)

    seen(desk, "li", [notice.id])
    assert news(desk, "wang") == [notice]
    seen(desk, "wang", [notice.id])
    assert news(desk, "wang") == []
    assert news(desk, "wang", unseen=False)[0].seen


def test_who_does_not_work_gets_nothing(lite: Engine) -> None:
    for nobody in ("gast", "zhao"):
        with pytest.raises(Unfit, match="does not work on alerts"):
            assign(lite, "chen", 2, 1, nobody)
    with pytest.raises(Refused, match="assign_others"):
        assign(lite, "li", 2, 1, "wang")


def test_a_closed_alert_changes_hands_and_stays_closed(lite: Engine) -> None:
    decide(lite, "li", 2, 1, State.REFERRED_ADMIN, text="移送")
    assert assign(lite, "chen", 2, 2, "wang").state == "referred_admin"


def test_sharing_out_goes_by_load_then_by_who_waited_longest(desk: Engine) -> None:
    assert auto_assign(desk, "chen", {1: 1}, ["li", "wang"]) == {1: "li"}
    assert auto_assign(desk, "chen", {2: 1, 3: 1}, ["li", "wang"]) == {2: "wang", 3: "li"}
    assert auto_assign(desk, "chen", {1: 2}) == {}


def test_what_sharing_out_will_do_is_told_before(desk: Engine) -> None:
    assign(desk, "chen", 2, 1, "li")
    told = sharing(desk, [1, 2, 3])
    assert set(told) == {1, 3}
    assert set(told.values()) <= set(working(desk))
    assert auto_assign(desk, "chen", {1: 1, 2: 2, 3: 1}) == told


def test_sharing_out_is_all_or_nothing(desk: Engine) -> None:
    with pytest.raises(Changed, match="newer version"):
        auto_assign(desk, "chen", {1: 1, 2: 9})
    with pytest.raises(Unfit, match="Nobody"):
        auto_assign(desk, "chen", {1: 1}, ["zhao"])
    assert news(desk, "li") == []
