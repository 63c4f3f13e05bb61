import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bidlens import gathered
from cases.audit import append
from cases.commands.desk import engine_of, lay_down
from cases.database import VARIABLE, reading, writing
from cases.tables import Alert
from detect.kept import Run
from records.source import BadInput
from records.store import Store


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def bidlens(*words: object) -> SimpleNamespace:
    done = CliRunner().invoke(gathered(), [str(w) for w in words])
    return SimpleNamespace(code=done.exit_code, out=done.stdout)


def test_a_run_is_laid_on_the_desk_of_its_workspace(tmp_path: Path, run_of: Callable[..., Run]) -> None:
    run = run_of(1, {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}})
    assert lay_down(tmp_path, run, None)["new"] == 1
    assert lay_down(tmp_path, run, None)["already"]
    with engine_of(tmp_path) as engine, reading(engine) as session:
        assert session.get_one(Alert, 1).subject_id == "T1"


def test_the_log_is_shown_verified_and_compared_with_a_published_head(tmp_path: Path) -> None:
    with engine_of(tmp_path) as engine, writing(engine) as session:
        append(session, "li", "note", "T1", text="\u202e一")
    head = tmp_path / "head.txt"
    head.write_text(bidlens("audit", "head", "-w", tmp_path).out)

    assert "all as they were written" in bidlens("audit", "verify", "-w", tmp_path, "--head", head).out
    assert "\u202e" not in bidlens("audit", "show", "-w", tmp_path).out
    assert json.loads(bidlens("audit", "show", "-w", tmp_path, "--json").out)[0]["actor"] == "li"

    with engine_of(tmp_path) as engine, engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'wang'")
    changed = bidlens("audit", "verify", "-w", tmp_path)
    assert (changed.code, "entry 1: was changed" in changed.out) == (1, True)
    found = json.loads(bidlens("audit", "verify", "-w", tmp_path, "--json").out)
    assert found == {"entries": 1, "faults": [{"seq": 1, "what": "was changed"}]}


def test_what_is_no_head_and_no_workspace_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "head.txt").write_text("nonsense")
    done = CliRunner().invoke(
        gathered(), ["audit", "verify", "-w", str(tmp_path), "--head", str(tmp_path / "head.txt")]
    )
    assert isinstance(done.exception, BadInput)
    with pytest.raises(BadInput, match="no workspace"), engine_of(tmp_path / "nowhere"):
        pass


def test_decisions_reach_the_records(tmp_path: Path, run_of: Callable[..., Run]) -> None:
    from cases.closing import decide
    from cases.people import appoint
    from cases.roles import Role
    from cases.workflow import State

    Store.open_or_create(tmp_path)
    lay_down(tmp_path, run_of(1, {"id": "T1", "level": 3, "rules": {"E01": ["A", "B"]}}), None)
    with engine_of(tmp_path) as engine:
        with writing(engine) as session:
            appoint(session, "root", "li", Role.SUPERVISOR)
        decide(engine, "li", 1, 1, State.REFERRED_ADMIN, text="移送")
    assert json.loads(bidlens("learn", "-w", tmp_path, "--json").out)["tables"]["decisions"]["kept"] == 1
