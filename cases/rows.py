"""Many rows at a time: frames into tables, as each kind of database takes them best."""

import polars as pl
from sqlalchemy import Engine, bindparam, insert, text, update
from sqlalchemy.orm import Session

from cases.database import writing
from cases.findings import KEY
from cases.tables import Alert, Table

CHUNK = 10_000
"""Rows that are turned into objects at once."""


def insert_rows(session: Session, table: type[Table], frame: pl.DataFrame) -> None:
    """Add the rows of a frame to a table."""
    if frame.is_empty():
        return
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, frame)
        return
    for part in frame.iter_slices(CHUNK):
        session.execute(insert(table.__table__), part.to_dicts())  # type: ignore[arg-type]


def _copy(session: Session, table: type[Table], frame: pl.DataFrame) -> None:
    """Stream rows into PostgreSQL, which is quicker than statements are."""
    lists = [c for c, kind in frame.schema.items() if kind == pl.List]
    told = frame.with_columns(_json(c) for c in lists)
    cursor = session.connection().connection.cursor()
    into = f"COPY {table.__tablename__} ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)"
    with cursor.copy(into) as copy:
        for part in told.iter_slices(CHUNK):
            copy.write(part.write_csv(include_header=False))
    if table is Alert:
        last = {"last": frame["id"].max()}
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


def roomy(session: Session) -> None:
    """Let SQLite hold the indexes in memory while it fills them; small pages of it serve everyday work."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA cache_size = -200000"))


def settle(engine: Engine) -> None:
    """Let the database look at its rows again, so that it plans queries by what is there now."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) alerts, fired, texts")
        return
    with writing(engine) as session:
        session.execute(text("ANALYZE"))
