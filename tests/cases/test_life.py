import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, Select, select, text

from cases.act import Changed, Unfit
from cases.audit import verify
from cases.closing import confirm, decide, duplicate, reject, reopen
from cases.database import opened, reading
from cases.owning import assign, take
from cases.roles import Refused
from cases.tables import Alert, Event
from cases.talking import note
from cases.timing import snooze
from cases.workflow import DISMISSED, OPEN, REASONS, State

PEOPLE = st.sampled_from(["li", "wang", "chen", "gast"])
ALERTS = st.sampled_from([1, 2, 3])


def test_no_sequence_of_acts_breaks_the_desk(files: Path) -> None:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory()
            shutil.copy(files / "staffed", Path(self.folder.name) / "cases.db")
            self.desk: Engine = opened(f"sqlite:///{self.folder.name}/cases.db")
            self.versions = {1: 1, 2: 1, 3: 1}

        def teardown(self) -> None:
            self.desk.dispose()
            self.folder.cleanup()

        def attempt(self, alert: int, act: Callable[[int], Alert]) -> None:
            with reading(self.desk) as session:
                before = session.get_one(Alert, alert).version
            try:
                assert act(before).version == before + 1
            except (Unfit, Refused):
                with reading(self.desk) as session:
                    assert session.get_one(Alert, alert).version == before

        @rule(who=PEOPLE, alert=ALERTS, state=st.sampled_from(State), pick=st.integers(0, 20))
        def decides(self, who: str, alert: int, state: State, pick: int) -> None:
            codes = (*REASONS.get(state, ()), None)
            reason = codes[pick % len(codes)]
            self.attempt(alert, lambda v: decide(self.desk, who, alert, v, state, reason=reason, text="因为"))

        @rule(who=PEOPLE, alert=ALERTS)
        def confirms(self, who: str, alert: int) -> None:
            self.attempt(alert, lambda v: confirm(self.desk, who, alert, v))

        @rule(who=PEOPLE, alert=ALERTS)
        def rejects(self, who: str, alert: int) -> None:
            self.attempt(alert, lambda v: reject(self.desk, who, alert, v, "不同意"))

        @rule(who=PEOPLE, alert=ALERTS)
        def reopens(self, who: str, alert: int) -> None:
            self.attempt(alert, lambda v: reopen(self.desk, who, alert, v, "新材料"))

        @rule(who=PEOPLE, alert=ALERTS, other=ALERTS)
        def links(self, who: str, alert: int, other: int) -> None:
            self.attempt(alert, lambda v: duplicate(self.desk, who, alert, v, other, "同一事项"))

        @rule(who=PEOPLE, alert=ALERTS)
        def takes(self, who: str, alert: int) -> None:
            self.attempt(alert, lambda v: take(self.desk, who, alert, v))

        @rule(who=PEOPLE, alert=ALERTS, to=PEOPLE)
        def assigns(self, who: str, alert: int, to: str) -> None:
            self.attempt(alert, lambda v: assign(self.desk, who, alert, v, to))

        @rule(who=PEOPLE, alert=ALERTS, days=st.integers(-1, 10))
        def snoozes(self, who: str, alert: int, days: int) -> None:
            until = datetime.now(UTC) + timedelta(days=days)
            self.attempt(alert, lambda v: snooze(self.desk, who, alert, v, until, "等"))

        @rule(alert=ALERTS)
        def notes(self, alert: int) -> None:
            note(self.desk, "li", alert, "@wang 看")

        @rule(alert=ALERTS)
        def acts_on_what_is_old(self, alert: int) -> None:
            with pytest.raises(Changed, match="changed after you read it"):
                take(self.desk, "li", alert, 0)

        @invariant()
        def holds(self) -> None:
            with reading(self.desk) as session:
                assert verify(session) == []
                for alert in session.scalars(select(Alert)):
                    self.check(alert, list(session.scalars(_of(alert))))
                kept = "SELECT grain, place, state, level, n FROM standings WHERE n != 0"
                counted = "SELECT grain, place, state, level, count(*) FROM alerts GROUP BY 1, 2, 3, 4"
                assert set(session.execute(text(kept))) == set(session.execute(text(counted)))

        def check(self, alert: Alert, events: list[Event]) -> None:
            assert alert.version >= self.versions[alert.id]
            self.versions[alert.id] = alert.version
            assert (alert.closed_at is None) == (State(alert.state) in OPEN)
            assert (alert.closed_at is None) == (alert.closed_on is None)
            assert (alert.original_id is None) == (alert.state != State.DUPLICATE)
            if alert.id == 1 and alert.state in DISMISSED:
                last = [e for e in events if e.kind in {"decided", "confirmed", "reopened"}][-1]
                assert last.kind == "confirmed"
                assert last.actor != last.detail["proposal"]["by"]

    run_state_machine_as_test(
        Life, settings=settings(max_examples=12, stateful_step_count=25, deadline=None, derandomize=True)
    )


def _of(alert: Alert) -> Select[Event]:
    return select(Event).where(Event.alert_id == alert.id).order_by(Event.id)
