import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from cases.database import opened


def _postgres() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server of this test run, on a socket of its own, without a port."""
    binaries = _postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    folder = tmp_path_factory.mktemp("pg")
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if account:
        _open_to(folder)
    data = folder / "data"

    def call(*words: str) -> None:
        subprocess.run([*account, *words], check=True, capture_output=True, cwd=folder)

    call(str(binaries / "initdb"), "-D", str(data), "-U", "desk", "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c max_connections=60"
    control = str(binaries / "pg_ctl")
    call(control, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://desk@/postgres?host={folder}"
    finally:
        call(control, "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cases.db'}"
    server: str = request.getfixturevalue("server")
    name = f"t{abs(hash(tmp_path)):x}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = opened(url)
    yield made
    made.dispose()


def _open_to(folder: Path) -> None:
    """Let the server's account reach a folder that belongs to root; it will not run as root."""
    shutil.chown(folder, "postgres")
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
