from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from cases.closing import confirm, decide
from cases.database import reading
from cases.figures import (
    acts,
    audit,
    by_rule,
    conversion,
    dismissals,
    first_action,
    open_ages,
    over_runs,
    precision,
    share,
)
from cases.intake import post
from cases.search import Asked
from cases.tables import Alert
from cases.tallying import tally
from cases.timing import snooze
from cases.workflow import State
from detect.kept import Run


@pytest.fixture
def worked(desk: Engine, run_of: Callable[..., Run]) -> Engine:
    """T1 referred, T2 explained, T3 a data issue, T4 (worth most) not decided, T5 of the audit explained."""
    alerts = [
        {"id": f"T{i}", "level": 5 - i, "rules": {"E01": ["A", "B"]}, "buyer_name": "局", "worth": 9.0 - i}
        for i in (1, 2, 3)
    ]
    fourth = {"id": "T4", "level": 2, "rules": {"M01": ["A", "B"], "E01": ["A"]}, "worth": 99.0}
    post(desk, run_of(1, *alerts, fourth, drawn=("T5",)), "root")
    decide(desk, "li", 1, 1, State.REFERRED_ADMIN, text="移送")
    confirm(desk, "wang", 1, 2)
    decide(desk, "li", 2, 1, State.EXPLAINED, reason="FX03", text="同一园区")
    decide(desk, "li", 3, 1, State.DATA_ISSUE, reason="wrong_unit", text="万元")
    decide(desk, "li", 5, 1, State.EXPLAINED, reason="other", text="无")
    return desk


def test_what_the_queue_was_worth(worked: Engine) -> None:
    with reading(worked) as session:
        found = precision(session, 3)
        assert (found.right, found.neither, found.undecided) == (share(1, 2), 0, 1)
        assert precision(session, 10).neither == 1
        assert audit(session) == {"queue": share(1, 2), "audit": share(0, 1)}
        assert tuple(conversion(session)) == (5, 4, 1, 0, 0)


def test_what_was_proposed_or_put_off_was_worked_on(worked: Engine) -> None:
    snooze(worked, "li", 4, 1, datetime.now(UTC) + timedelta(days=3), "等补件")
    with reading(worked) as session:
        assert conversion(session).worked_on == 5


def test_each_rule_has_its_record(worked: Engine) -> None:
    with reading(worked) as session:
        rows = by_rule(session).select("rule_id", "alerts", "right", "wrong", "neither", "open").rows()
        assert rows == [("E01", 4, 1, 1, 1, 1), ("M01", 1, 0, 0, 0, 1)]
        assert dismissals(session).rows() == [
            ("E01", "data_issue", "wrong_unit", 1), ("E01", "explained", "FX03", 1),
        ]  # fmt: skip


def test_rules_speak_run_by_run(worked: Engine, run_of: Callable[..., Run]) -> None:
    post(worked, run_of(2, {"id": "T9", "level": 3, "rules": {"M01": ["A", "B"]}}), "root")
    with reading(worked) as session:
        assert over_runs(session).rows() == [("E01", [3, 4, 0]), ("M01", [0, 1, 1])]
        assert over_runs(session, most=1).rows() == [("M01", [1])]


def test_how_long_alerts_wait(worked: Engine) -> None:
    later = datetime(2026, 1, 6, 20, tzinfo=UTC)
    with reading(worked) as session:
        waited = first_action(session)
        assert waited["level"].to_list() == [4, 3, 2, 0]
        assert (waited["median"] > 0).all()
        assert first_action(session, at=datetime.now(UTC) + timedelta(days=99)).is_empty()
        assert open_ages(session, later).rows() == [(2, "within a day", 1, 0)]
        assert open_ages(session, later + timedelta(days=40)).rows() == [(2, "older", 1, 1)]


def test_the_ages_are_those_of_the_queue(worked: Engine, run_of: Callable[..., Run]) -> None:
    firms = {"id": "A|B", "grain": "pair", "level": 3, "rules": {"O01": ["A", "B"]}}
    again = [{"id": f"N{i}", "level": 3, "rules": {"E01": ["A", "B"]}} for i in range(3)]
    post(worked, run_of(2, *again, firms), "root")
    with reading(worked) as session:
        put_off = session.scalar(select(Alert.id).where(Alert.subject_id == "N1"))
    assert put_off is not None
    snooze(worked, "li", put_off, 1, datetime.now(UTC) + timedelta(days=5), "waits")
    with reading(worked) as session:
        assert open_ages(session)["n"].sum() == tally(session, Asked()).shown == 2


def test_acts_by_week(worked: Engine) -> None:
    with reading(worked) as session:
        found = acts(session)
        assert dict(found.select("kind", "n").iter_rows()) == {"confirmed": 1, "decided": 3, "proposed": 1}
        assert found["week"].dt.weekday().unique().to_list() == [1]
        assert acts(session, at=datetime.now(UTC) + timedelta(days=200)).is_empty()


def test_an_empty_desk_has_no_shares(engine: Engine) -> None:
    with reading(engine) as session:
        assert precision(session, 10).right.share is None
        assert by_rule(session).is_empty()
        assert dismissals(session).is_empty()
        assert open_ages(session).is_empty()
