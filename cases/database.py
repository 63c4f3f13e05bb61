"""The desk's database: SQLite beside the records by default, PostgreSQL by one setting."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from records.settings import settings, without_password
from records.source import BadInput, Busy

VARIABLE = "BIDLENS_DATABASE"
"""Setting with the database's address, e.g. `postgresql+psycopg://desk@db/bidlens`."""

FILE = "cases.db"
_WRITES = "bidlens_writes"

READERS = 10
"""Connections that are kept for those who read at the same time; more are made and closed again."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "cache_size=-16000",
    "mmap_size=134217728",  # readers share what the system holds; each mapping counts as memory of its own
)
"""How SQLite is set up."""


def address(workspace: Path) -> str:
    """What setting `database` names, or a file in the workspace."""
    return settings(workspace).database or f"sqlite:///{workspace / FILE}"


def opened(url: str) -> Engine:
    """The engine of a database that has been brought to the present form.

    Raises:
        BadInput: the address cannot be read, its driver is not installed, the file cannot be written, or a
            newer bidlens has been at work there.
        Busy: the server does not answer, or somebody else has held the file for too long.

    """
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError as problem:
        raise BadInput(
            f"{url!r} is no database address",
            VARIABLE,
            "Give one such as postgresql+psycopg://user@host/name.",
        ) from problem
    engine = _engine(url, pool_pre_ping=True, pool_size=READERS)
    if kind == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    try:
        with in_reach(url):
            _migrate(engine, url)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _engine(url: str, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as problem:
        raise BadInput(
            f"The database's driver {problem.name} is not installed",
            without_password(url),
            "For PostgreSQL: pip install 'bidlens[postgresql]', or '.[postgresql]' from the source.",
        ) from problem


@contextmanager
def in_reach(url: str) -> Iterator[None]:
    """Say of a database that fails meanwhile whether trying again makes sense.

    Raises:
        BadInput: the file cannot be written.
        Busy: the server does not answer, or somebody else has held the file for too long.

    """
    try:
        yield
    except OperationalError as problem:
        what = f"The desk's database cannot be used now: {str(problem.orig).splitlines()[0]}"
        code = getattr(problem.orig, "sqlite_errorcode", sqlite3.SQLITE_BUSY)
        if code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Busy(
                what, without_password(url), "Try again when its server runs and nobody holds it."
            ) from None
        raise BadInput(what, without_password(url), "Make room, and let this account write there.") from None


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose changes are kept together or not at all; one writer at a time on SQLite."""
    with (
        Session(engine.execution_options(**{_WRITES: True}), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session to read with."""
    with Session(engine) as session:
        yield session


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says, not where sqlite3 guesses
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    # A reader that turns into a writer can deadlock with another one; writers say so from the start.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for a server."""
    at = make_url(url)
    return Path(at.database or "") if at.get_backend_name() == "sqlite" else None


def unmade(url: str) -> bool:
    """Whether this is a file that nobody has made yet: there is no desk."""
    file = sqlite_file(url)
    return file is not None and not file.exists()


@contextmanager
def looking(url: str) -> Iterator[Session]:
    """A session to look with at a database as it stands: nothing is made, brought up to date or changed.

    Raises:
        BadInput: the database cannot be reached or read.

    """
    file = sqlite_file(url)
    address = url if file is None else f"sqlite:///file:{quote(str(file.resolve()))}?mode=ro&uri=true"
    engine = _engine(address)
    try:
        with Session(engine) as session:
            yield session
    except DBAPIError as problem:
        what = str(problem.orig).splitlines()[0]
        raise BadInput(
            f"The desk's database cannot be read: {what}", engine.url.render_as_string(), "Start its server."
        ) from None
    finally:
        engine.dispose()


def revisions(session: Session) -> tuple[str | None, str]:
    """The form that a database has, and the one that this bidlens works with."""
    return _revision(session.connection()), known_revisions()[-1]


def known_revisions() -> list[str]:
    """The forms that a database ever had, in order, as the files in `migrations` are named.

    Alembic would tell as well; every command on the desk would have to load it for that.
    """
    return sorted(file.stem.split("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


_MIGRATIONS = Path(__file__).with_name("migrations")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _migrate(engine: Engine, url: str) -> None:
    known = known_revisions()
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6214)")
        at = _revision(connection)
        if at not in {None, *known}:
            raise BadInput(
                f"The database is at revision {at!r}, which this bidlens does not know",
                make_url(url).render_as_string(), "Use the newer bidlens that wrote it.",
            )  # fmt: skip
        if at != known[-1]:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
