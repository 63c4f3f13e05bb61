from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, update

from cases.act import Unfit
from cases.closing import decide
from cases.database import reading, writing
from cases.search import Asked, Hidden, page
from cases.tables import Alert
from cases.tallying import tally
from cases.timing import due, due_after, snooze, wake
from cases.workflow import State

SOON = datetime.now(UTC) + timedelta(days=3)


def test_defaults_are_those_of_the_intake(lite: Engine) -> None:
    with reading(lite) as session:
        for alert_id in (1, 2, 3):
            alert = session.get_one(Alert, alert_id)
            assert alert.due_at == due_after(alert.raised_at, alert.level)


def test_a_deadline_moves_with_a_reason(desk: Engine) -> None:
    assert due(desk, "li", 2, 1, SOON, "等补件").due_at == SOON
    with pytest.raises(Unfit, match="has passed"):
        due(desk, "li", 2, 2, datetime.now(UTC) - timedelta(days=1), "x")
    with pytest.raises(Unfit, match="needs words"):
        due(desk, "li", 2, 2, SOON, "")
    with pytest.raises(Unfit, match="no time zone"):
        due(desk, "li", 2, 2, SOON.replace(tzinfo=None), "x")


def test_a_moment_is_told_as_the_person_asked_for_it(lite: Engine) -> None:
    there = timezone(timedelta(hours=8))
    with pytest.raises(Unfit) as refused:
        due(lite, "li", 2, 1, datetime(2024, 1, 1, tzinfo=there), "等补件")
    assert refused.value.told("zh").startswith("2024-01-01 00:00 +0800 已过")
    raised = datetime(2099, 12, 31, 20, tzinfo=UTC)
    with pytest.raises(Unfit) as refused:
        snooze(lite, "li", 2, 1, raised.astimezone(there), "x")
    assert "+0800" in refused.value.told("en")


def test_a_snoozed_alert_comes_back_by_itself(desk: Engine) -> None:
    snooze(desk, "li", 2, 1, SOON, "等判决")
    with reading(desk) as session:
        assert [a.id for a in page(session, Asked())] == [1, 3]
        assert [a.id for a in page(session, Asked(hidden=Hidden.SNOOZED))] == [2]
        assert tally(session, Asked()).hidden == {"snoozed": 1}
        assert [a.id for a in page(session, Asked(), at=SOON)] == [1, 2, 3]
        assert tally(session, Asked(), at=SOON).hidden == {}

    assert wake(desk, "li", 2, 2).snoozed_until is None
    with pytest.raises(Unfit, match="not put off"):
        wake(desk, "li", 2, 3)


def test_an_alert_is_put_off_for_so_long_only(lite: Engine) -> None:
    with pytest.raises(Unfit, match=r"this off until .* at most"):
        snooze(lite, "li", 2, 1, datetime.now(UTC) + timedelta(days=91), "x")
    assert snooze(lite, "li", 2, 1, datetime.now(UTC) + timedelta(days=89), "x").version == 2


def test_one_person_puts_a_red_off_until_its_due_date_at_most(desk: Engine) -> None:
    now = datetime.now(UTC)
    _due_in(desk, timedelta(days=3))
    with pytest.raises(Unfit, match="'watch', which for a RED takes a second person"):
        snooze(desk, "li", 1, 1, now + timedelta(days=4), "x")
    assert snooze(desk, "li", 1, 1, now + timedelta(days=2), "等补件").snoozed_until is not None


def test_a_red_is_put_off_for_days_only_however_late_it_is_due(lite: Engine) -> None:
    _due_in(lite, timedelta(days=30))
    with pytest.raises(Unfit, match="at most"):
        snooze(lite, "li", 1, 1, datetime.now(UTC) + timedelta(days=8), "x")


def test_who_moved_a_due_date_cannot_put_the_red_off_until_it(desk: Engine) -> None:
    now = datetime.now(UTC)
    _due_in(desk, timedelta(days=1))
    due(desk, "li", 1, 1, now + timedelta(days=3), "等登记")
    due(desk, "li", 1, 2, now + timedelta(days=5), "等登记")
    with pytest.raises(Unfit, match="at most"):
        snooze(desk, "li", 1, 3, now + timedelta(days=2), "x")
    assert snooze(desk, "wang", 1, 3, now + timedelta(days=2), "等登记").version == 4


def _due_in(engine: Engine, time: timedelta) -> None:
    with writing(engine) as session:
        session.execute(update(Alert).where(Alert.id == 1).values(due_at=datetime.now(UTC) + time))


def test_what_is_closed_is_not_put_off(lite: Engine) -> None:
    decide(lite, "li", 2, 1, State.DATA_ISSUE, reason="other", text="单位有误")
    with pytest.raises(Unfit, match="reopen it first"):
        snooze(lite, "li", 2, 2, SOON, "x")
