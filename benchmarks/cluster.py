"""A standalone Spark cluster on this machine, for benchmarks and tests: a master and one-core workers."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM

HOST = "127.0.0.1"


@dataclass
class Cluster:
    """Its address, and its processes: the master first."""

    master: str
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def started(self) -> list[int]:
        """The process ids."""
        return [child.pid for child in self.children]


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Cluster]:
    """Start master and workers on free ports of 127.0.0.1, and end them by their process ids.

    Their logs and temporary files go to `folder`.

    Raises:
        TimeoutError: one of them does not answer; the message is its log.

    """
    cluster = Cluster(f"spark://{HOST}:{_free_port()}")
    try:
        port = cluster.master.rpartition(":")[2]
        log = _start(cluster, folder, "master.Master", "--port", port)
        _until("New state: ALIVE", log)
        of_worker = ("--cores", "1", "--memory", "1g", cluster.master)
        logs = [_start(cluster, folder, "worker.Worker", *of_worker) for _ in range(workers)]
        for log in logs:
            _until("Successfully registered with master", log)
        yield cluster
    finally:
        _end(cluster)


def _start(cluster: Cluster, folder: Path, name: str, *options: str) -> Path:
    import pyspark

    home, log = Path(pyspark.__file__).parent, folder / f"{len(cluster.children)}.log"
    env = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "128m",
        "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_LOCAL_DIRS": str(folder / "local"),
    }  # fmt: skip
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", HOST]
    ui = ("--webui-port", str(_free_port()))
    with log.open("wb") as out:
        child = subprocess.Popen(
            [*command, *ui, *options], env=env, stdout=out, stderr=out, start_new_session=True
        )
    cluster.children.append(child)
    return log


def _end(cluster: Cluster) -> None:
    for pid in reversed(cluster.started):
        os.kill(pid, SIGTERM)
    for child in cluster.children:
        child.wait()


def _until(said: str, log: Path, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while re.search(said, text := log.read_text("utf-8", "replace")) is None:
        if time.monotonic() > end:
            raise TimeoutError(text)
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
