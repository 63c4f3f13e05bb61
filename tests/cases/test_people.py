import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from cases.audit import verify
from cases.commands.people import commands
from cases.database import FILE, VARIABLE, opened, reading, writing
from cases.people import Actor, appoint, enrol, everybody, find
from cases.roles import May, Role
from cases.tables import Entry


def test_nobody_comes_in_unappointed_or_after_leaving(engine: Engine) -> None:
    with writing(engine) as session:
        assert find(session, "ann") is None
        assert appoint(session, "root", "ann", Role.SUPERVISOR, "Ann") == Actor("ann", "Ann", Role.SUPERVISOR)
    with writing(engine) as session:
        assert find(session, "ann") == Actor("ann", "Ann", Role.SUPERVISOR)
        appoint(session, "root", "ann", Role.SUPERVISOR, active=False)
    with reading(engine) as session:
        assert find(session, "ann") is None
        assert [p.shown for p in everybody(session)] == ["Ann"]
        assert [e.action for e in session.query(Entry)] == ["person.appoint"] * 2
        assert verify(session) == []


def test_the_one_user_of_a_machine_is_enrolled_once(engine: Engine) -> None:
    alone = Actor("local-lead", "This machine", Role.LEAD)
    for _ in range(2):
        with writing(engine) as session:
            enrol(session, alone)
    with reading(engine) as session:
        assert find(session, "local-lead") == alone
        assert session.query(Entry).count() == 1


@pytest.mark.parametrize(("role", "act"), [(Role.VIEWER, May.UNMASK), (Role.ADMIN, May.WORK)])
def test_what_a_role_may_not(role: Role, act: May) -> None:
    assert not Actor("x", "x", role).may(act)


def test_the_command_appoints_lists_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    def said(*words: str) -> str:
        done = CliRunner().invoke(commands, [*words, "-w", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "王芳" in said("u1", "--role", "lead", "--shown", "王芳")
    assert "has left" in said("u1", "--leaves")
    assert json.loads(said("--json")) == [{"name": "u1", "shown": "王芳", "role": "lead", "active": False}]
    refused = CliRunner().invoke(commands, ["u2", "-w", str(tmp_path)])
    assert refused.exit_code == 2
    engine = opened(f"sqlite:///{tmp_path}/{FILE}")
    with reading(engine) as session:
        assert session.query(Entry).count() == 2
    engine.dispose()
