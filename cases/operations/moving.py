"""The desk moved to another database with all that people did: from the first file to a server, or back."""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import Table as Columns
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from cases import audit, grams
from cases.database import opened, reading, unmade, writing
from cases.rows import CHUNK, is_postgresql, settle, without_indexes
from cases.tables import Alert, Table, Words
from records.settings import without_password
from records.source import BadInput


def move(source: str, target: str, actor: str) -> Mapping[str, int]:
    """Copy every row to an empty database, in one transaction; gives the number of rows by table.

    Acts of people wait meanwhile. Both logs tell of the move, in the same entry. The old desk stays as it is:
    whoever works on goes to the one that the setting `database` names.

    Args:
        source: address of the desk as it is.
        target: address of a database that holds no desk.
        actor: who did it; a command names the account of the machine.

    Raises:
        BadInput: there is no desk, the target holds one, or the source's log was changed by hand.

    """
    where = without_password(source)
    if unmade(source):
        raise BadInput("There is no desk to move", where, "It begins with the first run: bidlens score.")
    old, new = opened(source), opened(target)
    try:
        with reading(new) as there:
            _refuse_full(there, without_password(target))
        with writing(old) as here, writing(new) as there:
            _alone(here, where)
            audit.append(here, actor, "desk.move", without_password(target), source=where)
            moved = _copy_all(here, there)
        settle(new)
    finally:
        old.dispose()
        new.dispose()
    return moved


def _refuse_full(there: Session, target: str) -> None:
    if any(_count(there, table) for table in Table.metadata.sorted_tables):
        raise BadInput("There is a desk already", target, "Name an empty database.")


def _alone(here: Session, source: str) -> None:
    """Let nobody else write, and see that nobody wrote past the log."""
    if is_postgresql(here):
        here.execute(text(f"LOCK TABLE {', '.join(Table.metadata.tables)} IN SHARE ROW EXCLUSIVE MODE"))
    if faults := audit.verify(here):
        raise BadInput(
            f"The audit log does not hold at entry {faults[0].seq}: {faults[0].what}", source,
            "Find out why first: bidlens audit verify.",
        )  # fmt: skip


_DUPLICATES = select(Alert.id, Alert.original_id).where(Alert.original_id.is_not(None))


def _copy_all(here: Session, there: Session) -> dict[str, int]:
    tables = Table.metadata.sorted_tables
    with without_indexes(there, [*Table.metadata.tables, "sought"]):
        for table in tables:
            _copy(here, there, table)
        for alert, original in here.execute(_DUPLICATES):
            there.execute(update(Alert).where(Alert.id == alert).values(original_id=original))
        _make_searchable(there)
    if is_postgresql(there):
        _count_on(there)
    moved = {table.name: _count(there, table) for table in tables}
    assert moved == {table.name: _count(here, table) for table in tables}
    return moved


def _copy(here: Session, there: Session, table: Columns) -> None:
    """A duplicate may stand before its original: such links are made afterwards."""
    columns = [c for c in table.c if c is not Alert.__table__.c.original_id]
    rows = here.execute(select(*columns).execution_options(yield_per=CHUNK))
    for part in rows.mappings().partitions():
        there.execute(insert(table), [dict(row) for row in part])


def _make_searchable(there: Session) -> None:
    asked = there.execute(select(Words.alert_id, Words.words).execution_options(yield_per=CHUNK))
    schema = {"alert_id": pl.Int64, "words": pl.String}
    for part in asked.partitions():
        grams.keep(there, pl.DataFrame([tuple(row) for row in part], schema=schema, orient="row"))


def _count_on(there: Session) -> None:
    """Let PostgreSQL number further rows after those that came with their numbers."""
    for table in (t for t in Table.metadata.sorted_tables if "id" in t.c):
        last = there.scalar(select(func.max(table.c.id)))
        if last is not None:
            there.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def _count(session: Session, table: Columns) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
