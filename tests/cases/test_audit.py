from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from cases.audit import START, Head, append, head, verify
from cases.database import reading, writing


@pytest.fixture
def log(engine: Engine) -> Engine:
    for n in range(5):
        with writing(engine) as session:
            append(session, "李", "alert.decide", f"T{n}", state="explained", note="同一园区出口")
    return engine


def test_an_untouched_log_holds(log: Engine) -> None:
    with reading(log) as session:
        assert head(session).seq == 5
        assert verify(session, head(session)) == []


def test_an_empty_log_starts_from_zeroes(engine: Engine) -> None:
    with reading(engine) as session:
        assert head(session) == Head(0, START)
        assert verify(session, Head(0, START)) == []


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "detail"])
def test_a_changed_entry_is_found_where_it_stands(log: Engine, column: str) -> None:
    _behind_the_triggers(log, f"UPDATE audit SET {column} = 'other' WHERE seq = 3")

    with reading(log) as session:
        assert [(f.seq, f.what) for f in verify(session)] == [(3, "was changed")]


def test_a_removed_entry_is_found(log: Engine) -> None:
    _behind_the_triggers(log, "DELETE FROM audit WHERE seq = 2")

    with reading(log) as session:
        assert [(f.seq, f.what) for f in verify(session)] == [(2, "missing up to 2")]


def test_swapped_entries_are_found(log: Engine) -> None:
    for change in ("seq = 99 WHERE seq = 2", "seq = 2 WHERE seq = 4", "seq = 4 WHERE seq = 99"):
        _behind_the_triggers(log, f"UPDATE audit SET {change}")

    with reading(log) as session:
        assert {f.seq for f in verify(session)} >= {2, 4}


def test_a_log_cut_short_is_found_by_the_published_head(log: Engine) -> None:
    with reading(log) as session:
        published = head(session)
    _behind_the_triggers(log, "DELETE FROM audit WHERE seq = 5")

    with reading(log) as session:
        assert verify(session) == []
        assert [f.seq for f in verify(session, published)] == [5]


def test_writers_at_once_make_one_chain(engine: Engine) -> None:
    def write(n: int) -> None:
        with writing(engine) as session:
            append(session, f"p{n}", "note", "T1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))

    with reading(engine) as session:
        assert head(session).seq == 40
        assert verify(session) == []


def _behind_the_triggers(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            for trigger in ("audit_update", "audit_delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        session.execute(text(change))
