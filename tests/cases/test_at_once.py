import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError

from cases.act import Act, Changed, Kind, acting
from cases.audit import verify
from cases.closing import decide
from cases.database import opened, reading
from cases.owning import take
from cases.roles import May
from cases.tables import Alert, Entry, Event
from cases.workflow import State

ROOT = Path(__file__).parents[2]
HALF_WAY = """
import os, sys
from cases.act import acting, Kind
from cases.database import opened
from cases.roles import May

with acting(opened(sys.argv[1]), "li", May.WORK) as act:
    alert = act.alert(2)
    alert.state = "explained"
    act.session.flush()
    if sys.argv[2] == "after the event":
        act.tell(alert, Kind.DECIDED, "x")
    print("half way", flush=True)
    sys.stdin.read()
"""


def test_of_two_at_once_the_second_is_told(desk: Engine) -> None:
    ready = threading.Barrier(2)

    def act(person: str) -> Alert | Changed:
        ready.wait()
        try:
            return decide(desk, person, 2, 1, State.EXPLAINED, reason="FX03", text=person)
        except Changed as late:
            return late

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, ["li", "wang"]))

    (first,) = [d for d in done if isinstance(d, Alert)]
    (second,) = [d for d in done if isinstance(d, Changed)]
    assert second.version == first.version == 2
    assert second.fields["state"] == ("new", "explained")
    (told,) = second.events
    assert whole(desk) == [told.text]


def test_many_at_once_lose_nothing(desk: Engine) -> None:
    def act(n: int) -> bool:
        try:
            take(desk, ("chen", "li")[n % 2], 1 + n % 3, 1)
        except Changed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(act, range(24))) == 3
    assert len(whole(desk)) == 3


@pytest.mark.parametrize("when", ["before the event", "after the event"])
def test_a_process_killed_half_way_leaves_nothing_half_done(desk: Engine, when: str) -> None:
    url = desk.url.render_as_string()
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WAY, url, when], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "half way\n"
        os.kill(process.pid, signal.SIGKILL)

    assert whole(desk) == []
    with reading(desk) as session:
        assert session.get_one(Alert, 2).state == "new"
    assert decide(desk, "wang", 2, 1, State.WATCH, text="再看").version == 2


def test_a_server_that_restarts_half_way_leaves_nothing_half_done(own_server: tuple[str, list[str]]) -> None:
    url, restart = own_server
    desk = opened(url)

    def half_way() -> None:
        with acting(desk, "li", May.WORK) as act:
            _close(act)
            subprocess.run(restart, check=True, capture_output=True, cwd="/")

    with pytest.raises(OperationalError, match=r"terminat|closed|lost|consuming"):
        half_way()

    assert whole(desk) == []
    assert decide(desk, "wang", 2, 1, State.WATCH, text="再看").version == 2
    assert whole(desk) == ["再看"]
    desk.dispose()


def _close(act: Act) -> None:
    alert = act.alert(2)
    alert.state = State.EXPLAINED.value
    act.tell(alert, Kind.DECIDED, "x")


def whole(desk: Engine) -> list[str | None]:
    """Texts of all events, after making sure that log, events and standings agree."""
    with reading(desk) as session:
        assert verify(session) == []
        assert session.scalar(
            select(func.count()).select_from(Entry).where(Entry.action.like("alert.%"))
        ) == (session.scalar(select(func.count()).select_from(Event)))
        kept = "SELECT grain, place, state, level, n FROM standings WHERE n != 0"
        counted = "SELECT grain, place, state, level, count(*) FROM alerts GROUP BY 1, 2, 3, 4"
        assert set(session.execute(text(kept)).all()) == set(session.execute(text(counted)).all())
        return list(session.scalars(select(Event.text).order_by(Event.id)))
