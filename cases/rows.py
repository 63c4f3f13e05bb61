"""Many rows at a time: frames into tables, as each kind of database takes them best."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl
from sqlalchemy import Engine, bindparam, text, update
from sqlalchemy.orm import Session

from cases.database import writing
from cases.findings import KEY
from cases.tables import Alert

CHUNK = 10_000
"""Rows that are turned into objects at once."""


def is_postgresql(session: Session) -> bool:
    """Whether the desk lies on a PostgreSQL server; otherwise it is a SQLite file."""
    return session.get_bind().dialect.name == "postgresql"


def insert_rows(session: Session, table: str, frame: pl.DataFrame) -> None:
    """Add the rows of a frame to a table; lists are kept as JSON."""
    told = frame.with_columns(_json(c) for c, kind in frame.schema.items() if kind == pl.List)
    columns = ", ".join(frame.columns)
    cursor = session.connection().connection.cursor()
    if not is_postgresql(session):
        into = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * frame.width)})"
        for part in told.with_columns(pl.selectors.datetime().dt.strftime(_MOMENT)).iter_slices(CHUNK):
            cursor.executemany(into, part.rows())
        return
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        for part in told.iter_slices(CHUNK):
            copy.write(part.write_csv(include_header=False))


_MOMENT = "%Y-%m-%d %H:%M:%S.%6f"
"""How SQLAlchemy writes moments in SQLite, which has no type for them."""


def count_from(session: Session, new: pl.DataFrame) -> None:
    """Let the next alert have a higher id than those that were given out here."""
    if is_postgresql(session) and not new.is_empty():
        last = {"last": new["id"].max()}
        session.execute(text("SELECT setval(pg_get_serial_sequence('alerts', 'id'), :last)"), last)


def _json(column: str) -> pl.Expr:
    whole = pl.struct(pl.col(column).alias("x")).struct.json_encode()
    return whole.str.strip_prefix('{"x":').str.strip_suffix("}").alias(column)


def update_alerts(session: Session, frame: pl.DataFrame) -> None:
    """Set the columns of a frame in the alerts that its `id` names."""
    columns = [c for c in frame.columns if c not in {"id", *KEY}]
    table = Alert.__table__
    change = update(table).where(table.c.id == bindparam("_id")).values({c: bindparam(c) for c in columns})  # type: ignore[arg-type]
    for part in frame.rename({"id": "_id"}).drop(*KEY, strict=False).iter_slices(CHUNK):
        session.connection().execute(change, part.to_dicts())


@contextmanager
def without_indexes(session: Session, tables: Sequence[str]) -> Iterator[None]:
    """Put the indexes of tables aside and make them anew at the end: sorting once is quicker than filing.

    Those of keys stay. All of it belongs to the session's transaction.
    """
    made = {name: made for of in tables for name, made in _indexes(session, of).items()}
    for name in made:
        session.execute(text(f"DROP INDEX {name}"))
    yield
    if is_postgresql(session):
        session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for words in made.values():
        session.connection().exec_driver_sql(words)


def _indexes(session: Session, of: str) -> dict[str, str]:
    """The indexes of a table that no key needs, with the words that make them."""
    asked = (
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = :of "
        "AND i.schemaname = current_schema() AND i.indexname NOT IN (SELECT conname FROM pg_constraint)"
        if is_postgresql(session)
        else "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :of AND sql IS NOT NULL"
    )
    return dict(tuple(row) for row in session.execute(text(asked), {"of": of}))


def roomy(session: Session) -> None:
    """Let SQLite hold indexes in memory while it fills them, and sort beside; everyday work needs less."""
    if not is_postgresql(session):
        for pragma in ("cache_size = -200000", "threads = 2"):
            session.execute(text(f"PRAGMA {pragma}"))


def settle(engine: Engine) -> None:
    """Let the database look at its rows again, so that it plans queries by what is there now."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) alerts, fired, texts, sought")
        return
    with writing(engine) as session:
        session.execute(text("ANALYZE"))
