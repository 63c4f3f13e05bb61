import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, create_engine, text

from cases.database import opened, writing
from cases.intake import post
from cases.people import appoint
from cases.roles import Role
from detect.kept import Run
from detect.parties import PARTY
from detect.queue import Place
from detect.verdict import FOUND


def _postgres() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server of this test run, on a socket of its own, without a port."""
    with _serving(tmp_path_factory.mktemp("pg")) as (url, _):
        yield url


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Address of a staffed desk on a server that a test may restart, and the command that does."""
    with _serving(tmp_path_factory.mktemp("own")) as (url, restart):
        made = opened(url)
        _staffed(made)
        made.dispose()
        yield url, restart


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    binaries = _postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if account:
        _open_to(folder)
    data = folder / "data"

    def call(*words: str) -> None:
        subprocess.run([*account, *words], check=True, capture_output=True, cwd=folder)

    call(str(binaries / "initdb"), "-D", str(data), "-U", "desk", "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c max_connections=60 -c fsync=off -c full_page_writes=off"
    control = str(binaries / "pg_ctl")
    begin = ["-D", str(data), "-o", options, "-l", str(folder / "log"), "-w"]
    call(control, *begin, "start")
    try:
        restart = [*account, control, *begin, "-m", "immediate", "restart"]
        yield f"postgresql+psycopg://desk@/postgres?host={folder}", restart
    finally:
        call(control, "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def templates(server: str) -> str:
    """A server with the databases `blank` (in the present form) and `staffed` (see `TEAM`), to be copied."""
    for name, fill in (("blank", _nothing), ("staffed", _staffed)):
        _create(server, name)
        made = opened(server.replace("/postgres?", f"/{name}?"))
        fill(made)
        made.dispose()
    return server


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same two as SQLite files."""
    folder = tmp_path_factory.mktemp("templates")
    for name, fill in (("blank", _nothing), ("staffed", _staffed)):
        made = opened(f"sqlite:///{folder / name}")
        fill(made)
        made.dispose()
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both kinds of database, one after the other."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'cases.db'}"
    return _named(request.getfixturevalue("server"), tmp_path, "template0")


@pytest.fixture
def engine(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A desk of each kind without people or alerts."""
    yield from _copied(kind, request, tmp_path, "blank")


@pytest.fixture
def desk(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A desk of each kind with its people, see `TEAM`, and alerts of E01 about A and B.

    1 is RED (tender T1), 2 ORANGE (T2), 3 YELLOW (T3).
    """
    yield from _copied(kind, request, tmp_path, "staffed")


@pytest.fixture
def lite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The same desk in SQLite alone, for what does not depend on the kind."""
    yield from _copied("sqlite", request, tmp_path, "staffed")


def _copied(kind: str, request: pytest.FixtureRequest, folder: Path, template: str) -> Iterator[Engine]:
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("files") / template, folder / "cases.db")
        made = opened(f"sqlite:///{folder / 'cases.db'}")
    else:
        made = opened(_named(request.getfixturevalue("templates"), folder, template))
    yield made
    made.dispose()


TEAM = {"li": Role.SUPERVISOR, "wang": Role.SUPERVISOR, "chen": Role.LEAD, "gast": Role.VIEWER}


@pytest.fixture(scope="session")
def run_of() -> Callable[..., Run]:
    """Makes a run: its number, alerts as dictionaries, tenders drawn for audit.

    An alert has `id, level` and may have `rules` (rule to the bidders that it names), `grain`, `place` and
    columns of the tender.
    """
    return _run


def _nothing(engine: Engine) -> None:
    """Leave it as it is."""


def _staffed(engine: Engine) -> None:
    with writing(engine) as session:
        for name, role in TEAM.items():
            appoint(session, "root", name, role, name.upper())
    first = [
        {"id": f"T{5 - level}", "level": level, "rules": {"E01": ["A", "B"]}, "buyer_name": "局"}
        for level in (4, 3, 2)
    ]
    post(engine, _run(0, *first), "root")


def _run(number: int, *alerts: dict[str, Any], drawn: tuple[str, ...] = ()) -> Run:
    listed = [{"grain": "tender", "place": "queue", "attention": 10.0 * a["level"], **a} for a in alerts]
    tenders = [a for a in listed if a["grain"] == "tender"]
    parties = [a for a in listed if a["grain"] != "tender"]
    context: dict[str, Any] = {
        "title": pl.String, "buyer_name": pl.String, "region": pl.String, "estimate": pl.Float64,
        "worth": pl.Float64, "case_id": pl.String, "n_bids": pl.Int64,
        "deadline_at": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    schema: dict[str, Any] = {
        "level": pl.Int8,
        "attention": pl.Float64,
        "rule_ids": pl.List(pl.String),
        "place": pl.String,
    }
    alert_rows = [{**a, "tender_id": a["id"], "rule_ids": list(a.get("rules", {}))} for a in tenders]
    of_party: dict[str, Any] = {
        "grain": pl.String,
        "party_id": pl.String,
        "last_deadline": pl.Datetime("us", "UTC"),
    }
    party_rows = [{**a, "party_id": a["id"], "rule_ids": list(a.get("rules", {}))} for a in parties]
    asked = [
        *((a["id"], a["place"]) for a in tenders if a["place"] != Place.LEFT_OUT),
        *((t, "audit") for t in drawn),
    ]
    frames = {f.name: pl.DataFrame() for f in fields(Run) if f.name != "manifest"}
    frames |= {
        "alerts": pl.DataFrame(alert_rows, schema={"tender_id": pl.String, **schema, **context}),
        "party_alerts": pl.DataFrame(party_rows, schema={**of_party, **schema}).drop("place"),
        "hits": pl.DataFrame(_hits(tenders, "tender_id"), schema={"tender_id": pl.String, **FOUND}),
        "party_hits": pl.DataFrame(_hits(parties, "party_id"), schema={**PARTY, **FOUND}),
        "queue": pl.DataFrame(asked, schema={"tender_id": pl.String, "place": pl.String}, orient="row")
        .with_columns(pl.lit(None, pl.Float64).alias("worth")),
        "scores": pl.DataFrame(
            {"tender_id": list(drawn)}, schema={"tender_id": pl.String}
        ).with_columns(attention=pl.lit(1.0), score=pl.lit(0.1), level=pl.lit(None, pl.Int8)),
    }  # fmt: skip
    started = f"2026-01-{number + 5:02}T08:00:00+00:00"
    manifest = {"run_id": f"202601{number + 5:02}T08-x", "started_at": started, "records_version": 1}
    return Run(manifest=manifest, **frames)


def _hits(alerts: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [
        {
            "grain": a["grain"],
            key: a["id"],
            "rule_id": rule,
            "level": a["level"],
            "found_level": a["level"],
            "subjects": subjects,
        }
        for a in alerts
        for rule, subjects in a.get("rules", {}).items()
    ]


def _named(server: str, folder: Path, template: str) -> str:
    name = f"t{abs(hash(folder)):x}"
    _create(server, name, template)
    return server.replace("/postgres?", f"/{name}?")


def _create(server: str, name: str, template: str = "template0") -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def _open_to(folder: Path) -> None:
    """Let the server's account reach a folder that belongs to root; it will not run as root."""
    shutil.chown(folder, "postgres")
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
