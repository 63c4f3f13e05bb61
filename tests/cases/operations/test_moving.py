from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from cases import audit
from cases.closing import duplicate
from cases.database import opened, reading, writing
from cases.intake import post
from cases.keeping import put_aside
from cases.operations.moving import move
from cases.search import Asked, page
from cases.tables import Alert, Table
from cases.talking import note
from cases.timing import snooze
from detect.kept import Run
from records.source import BadInput


def address_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def rows(engine: Engine) -> dict[str, set[str]]:
    with engine.connect() as connection:
        return {
            t.name: {repr(tuple(row)) for row in connection.execute(t.select())}
            for t in Table.metadata.sorted_tables
        }


@pytest.fixture
def worked(desk: Engine) -> Engine:
    """A desk on which people worked: a duplicate that stands before its original, notes, one put off."""
    duplicate(desk, "li", 2, 1, 3, "同一件")
    note(desk, "li", 1, "看看 @wang 😀 'x'; --")
    snooze(desk, "wang", 3, 1, datetime.now(UTC) + timedelta(days=5), "等")
    put_aside(desk, "wang", [1, 3])
    return desk


@pytest.fixture
def other(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the other kind."""
    if kind == "postgresql":
        return f"sqlite:///{tmp_path / 'moved.db'}"
    server = request.getfixturevalue("server")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS moved"))
        connection.execute(text("CREATE DATABASE moved"))
    engine.dispose()
    return str(server).replace("/postgres?", "/moved?")


def test_the_desk_is_the_same_in_the_other_kind_of_database_and_goes_on_there(
    worked: Engine, other: str, run_of: Callable[..., Run]
) -> None:
    moved = move(address_of(worked), other, "root")
    there = opened(other)
    try:
        assert rows(there) == rows(worked)
        assert {name: len(found) for name, found in rows(there).items()} == moved
        with reading(there) as session:
            assert audit.verify(session) == []
            assert audit.head(session).seq == moved["audit"]
            assert [a.subject_id for a in page(session, Asked(text="局", places=()))] == ["T1"]
        note(there, "li", 1, "weiter")
        post(there, run_of(1, {"id": "T9", "level": 3, "rules": {"E01": ["A", "B"]}}), "root")
        with reading(there) as session:
            assert session.query(Alert).filter_by(subject_id="T9").one().id == 4
    finally:
        there.dispose()


def test_a_desk_is_never_poured_into_another_or_into_itself(worked: Engine, other: str) -> None:
    move(address_of(worked), other, "root")
    before = rows(worked)
    for target in (other, address_of(worked)):
        with pytest.raises(BadInput, match="There is a desk already"):
            move(address_of(worked), target, "root")
    assert rows(worked) == before


def test_what_fails_half_way_leaves_both_as_they_were(
    worked: Engine, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    before = rows(worked)
    monkeypatch.setattr("cases.operations.moving._make_searchable", fail)
    with pytest.raises(RuntimeError):
        move(address_of(worked), other, "root")
    assert rows(worked) == before
    monkeypatch.undo()
    move(address_of(worked), other, "root")


def test_a_desk_whose_log_was_changed_by_hand_stays_where_it_is(worked: Engine, other: str) -> None:
    with writing(worked) as session:
        if worked.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            session.execute(text("DROP TRIGGER audit_update"))
        session.execute(text("UPDATE audit SET actor = 'nobody' WHERE seq = 2"))
    with pytest.raises(BadInput, match="does not hold at entry 2: was changed"):
        move(address_of(worked), other, "root")


def test_where_there_is_no_desk_nothing_moves(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no desk to move"):
        move(f"sqlite:///{tmp_path / 'none.db'}", f"sqlite:///{tmp_path / 'moved.db'}", "root")
