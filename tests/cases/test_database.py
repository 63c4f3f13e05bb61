import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, StatementError

from cases import database
from cases.audit import append
from cases.commands.desk import engine_of
from cases.database import address, known_revisions, looking, opened, reading, writing
from cases.tables import Alert, Entry, Person, Table
from records.source import BadInput, Busy


def _kept_as_a_table(name: str | None, kind: str, _: object) -> bool:
    """All but the index of the search box, of which each kind of database has its own."""
    return kind != "table" or not str(name).startswith("sought")


def test_migrations_make_what_the_tables_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _kept_as_a_table})
        assert compare_metadata(context, Table.metadata) == []


def test_the_names_of_the_migrations_are_their_revisions() -> None:
    script = ScriptDirectory(str(Path(database.__file__).with_name("migrations")))

    assert known_revisions()[-1] == script.get_current_head()
    assert known_revisions() == sorted(r.revision for r in script.walk_revisions())


def test_opening_again_changes_nothing(url: str) -> None:
    first = opened(url)
    with writing(first) as session:
        session.add(Person(name="li", shown="Li", role="lead"))
    first.dispose()

    again = opened(url)

    with reading(again) as session:
        assert session.get_one(Person, "li").active
    again.dispose()


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for connect in (opened, lambda url: looking(url).__enter__()):
        with pytest.raises(BadInput, match="driver psycopg is not installed") as told:
            connect("postgresql+psycopg://desk:secret@db/bidlens")
        assert "bidlens[postgresql]" in told.value.remedy
        assert "secret" not in str(told.value)


def test_a_file_that_somebody_holds_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w").mkdir()
    file = tmp_path / "w" / "cases.db"
    opened(f"sqlite:///{file}").dispose()
    monkeypatch.setattr(database, "PRAGMAS", ("busy_timeout=10",))
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="locked"):
            opened(f"sqlite:///{file}")
        holder.execute("ROLLBACK")
        with pytest.raises(Busy, match="locked"), engine_of(tmp_path / "w") as engine:  # noqa: PT012
            holder.execute("BEGIN IMMEDIATE")
            with writing(engine) as session:
                session.execute(text("SELECT 1"))


def test_a_server_that_does_not_answer_can_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Busy, match="cannot be used now") as told:
        opened(f"postgresql+psycopg://desk:secret@/none?host={tmp_path}")
    assert "secret" not in str(told.value)


def test_a_file_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unable to open") as told:
        opened(f"sqlite:///{tmp_path / 'nowhere' / 'cases.db'}")
    assert told.value.exit_code == 1


def test_a_database_of_a_newer_bidlens_is_refused(url: str) -> None:
    engine = opened(url)
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(BadInput, match="9999"):
        opened(url)


def test_an_unreadable_address_is_refused_with_an_example() -> None:
    with pytest.raises(BadInput, match="no database address"):
        opened("not an address")


def test_the_workspace_holds_the_database_unless_a_setting_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BIDLENS_DATABASE", raising=False)
    assert address(tmp_path) == f"sqlite:///{tmp_path}/cases.db"

    monkeypatch.setenv("BIDLENS_DATABASE", "postgresql+psycopg://desk@db/bidlens")
    assert address(tmp_path) == "postgresql+psycopg://desk@db/bidlens"


def test_what_fails_half_way_leaves_nothing(engine: Engine) -> None:
    def half_way() -> None:
        with writing(engine) as session:
            session.add(Person(name="li", shown="Li", role="lead"))
            append(session, "li", "person.add", "li")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()

    with reading(engine) as session:
        assert session.get(Person, "li") is None
        assert session.get(Entry, 1) is None


@pytest.mark.parametrize(
    "change", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM events"]
)
def test_the_database_itself_refuses_to_change_the_log(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        append(session, "li", "import", "market")
        session.add(_alert())
        session.flush()
        session.execute(
            text(
                "INSERT INTO events (alert_id, at, actor, kind, detail) VALUES (1, :at, 'li', 'note', '{}')"
            ),
            {"at": datetime.now(UTC)},
        )

    with pytest.raises(DBAPIError, match="never changed"), writing(engine) as session:
        session.execute(text(change))


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="no time zone"), writing(engine) as session:
        session.add(_alert(datetime(2026, 1, 1)))


def test_moments_come_back_as_they_went(engine: Engine) -> None:
    at = datetime(2026, 1, 1, 8, 30, tzinfo=UTC)
    with writing(engine) as session:
        session.add(_alert(at))

    with reading(engine) as session:
        assert session.get_one(Alert, 1).raised_at == at


def _alert(at: datetime | None = None) -> Alert:
    return Alert(
        grain="tender", subject_id="T1", run_id="r", raised_at=at or datetime.now(UTC), level=2,
        attention=3.0, place="queue", rule_ids=["E01"],
    )  # fmt: skip
