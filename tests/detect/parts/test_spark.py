import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from detect.parts.run import finished, score_in_parts
from detect.parts.spark import Spark
from detect.parts.work import PREFIX
from detect.score import Run
from models.registry import DEFAULT
from models.scorer import make
from records.source import BadInput

Same = Callable[[Run, Run], None]
Scored = tuple[Path, Run]
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


class Cluster(NamedTuple):
    master: str
    workers: list["subprocess.Popen[bytes]"]


class Daemons:
    def __init__(self, folder: Path) -> None:
        import pyspark

        self.home, self.folder = Path(pyspark.__file__).parent, folder
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *options: str) -> tuple["subprocess.Popen[bytes]", Path]:
        log = self.folder / f"{len(self.started)}.log"
        env = {
            **os.environ, "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "128m",
            "SPARK_WORKER_DIR": str(self.folder / "work"), "SPARK_LOCAL_DIRS": str(self.folder / "local"),
        }  # fmt: skip
        with log.open("wb") as out:
            command = [self.home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", "--host", HOST]
            child = subprocess.Popen(
                [*command, *options], env=env, stdout=out, stderr=out, start_new_session=True
            )
        self.started.append(child)
        return child, log

    def stop(self) -> None:
        for child in reversed(self.started):
            child.terminate()
        for child in self.started:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def until(said: str, log: Path, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while re.search(said, log.read_text("utf-8", "replace")) is None:
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    daemons, port = Daemons(tmp_path_factory.mktemp("cluster")), free_port()
    try:
        _, log = daemons.start("master.Master", "--port", str(port), "--webui-port", str(free_port()))
        until("New state: ALIVE", log)
        master = f"spark://{HOST}:{port}"
        workers = [
            daemons.start(
                "worker.Worker", "--cores", "1", "--memory", "1g", "--webui-port", str(free_port()), master
            )
            for _ in range(2)
        ]
        for _, of_worker in workers:
            until("Successfully registered with master", of_worker)
        yield Cluster(master, [child for child, _ in workers])
    finally:
        daemons.stop()


@pytest.fixture
def workspace(scored: Scored, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored[0], tmp_path / "workspace"))


def in_parts(workspace: Path, **options: Any) -> Run:
    return score_in_parts(workspace, size=70, scorer=make(DEFAULT), fit=True, **options)


@pytest.mark.slow
def test_two_workers_give_the_run_of_one_machine(
    cluster: Cluster, workspace: Path, scored: Scored, same: Same
) -> None:
    same(in_parts(workspace, engine=Spark(cluster.master)), scored[1])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")
def test_a_killed_worker_costs_time_alone(
    cluster: Cluster, workspace: Path, scored: Scored, same: Same
) -> None:
    killed: list[int] = []

    def told(done: int, *_: object) -> None:
        if done >= 2 and not killed:
            os.killpg(cluster.workers[0].pid, signal.SIGKILL)
            killed.append(cluster.workers[0].pid)

    same(in_parts(workspace, engine=Spark(cluster.master), told=told), scored[1])
    assert killed
    finished(workspace)
    assert not list(workspace.glob(f"runs/{PREFIX}*/"))


def test_without_pyspark_the_remedy_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(BadInput, match=r"pip install 'bidlens\[spark\]'"):
        in_parts(workspace, engine=Spark("local[2]"))


def test_without_java_the_remedy_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(BadInput, match="Install Java 17"):
        in_parts(workspace, engine=Spark("local[2]"))
