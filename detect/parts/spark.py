"""Tasks inside a Spark cluster: Spark gives them out, gives them again when a worker dies, and no more.

Tasks read and write files, so every worker must see the workspace and the files of the records under the same
names (a shared folder), and must have bidlens installed in the same version. pyspark is imported only here.
"""

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detect.parts.tasks import make
from detect.parts.work import Task, Work
from records.source import BadInput

LOOK = 0.5
"""Seconds between two looks at which tasks are done."""

FAILURES = 8
"""Times that one task may fail, or lose its worker, before the run gives up."""


@dataclass(frozen=True)
class Spark:
    """Does tasks on the cluster at `master`, for instance `spark://host:7077`, or `local[2]` to try."""

    master: str

    def __call__(self, work: Work, stages: Sequence[Sequence[Task]]) -> Iterator[Task]:
        """Do the stages in their order and name each task when it is done.

        One session does them all, so that the processes of the workers load what they need once.

        Raises:
            BadInput: pyspark or Java is missing, nobody answers at `master`, or a task keeps failing.

        """
        if not stages:
            return
        with _session(self.master) as session, ThreadPoolExecutor(1) as pool:
            for tasks in stages:
                job = pool.submit(_planned(session, work, list(tasks)).collect)
                yield from _as_they_end(job, work, tasks)
                _judge(job.exception(), self.master)


def _as_they_end(job: Future[Any], work: Work, tasks: Sequence[Task]) -> Iterator[Task]:
    """Name tasks when what they make is there, until the job has ended."""
    waiting, ended = list(tasks), False
    while waiting and not ended:
        ended = bool(wait([job], LOOK, FIRST_COMPLETED).done)
        left = work.missing(waiting)
        yield from (task for task in waiting if task not in left)
        waiting = left


def _planned(session: Any, work: Work, tasks: list[Task]) -> Any:
    """One row and one partition for each task, so that Spark gives each of them out by itself."""
    numbers = session.range(0, len(tasks), 1, len(tasks))
    with warnings.catch_warnings():
        # PySpark 4.3 warns of pandas 3, through which nothing goes here.
        warnings.simplefilter("ignore", FutureWarning)
        return numbers.mapInArrow(_makes(work, tasks), "id long")


def _makes(work: Work, tasks: list[Task]) -> Callable[[Iterable[Any]], Iterator[Any]]:
    def made(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                make(work, tasks[number])
            yield batch

    return made


@contextmanager
def _session(master: str) -> Iterator[Any]:
    builder = _builder()
    session = builder.master(master).appName("bidlens").config(map=_options(master)).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()


def _builder() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadInput(
            "The engine spark needs pyspark, which is not installed", "--engine spark",
            "Install it: pip install 'bidlens[spark]', here and on every worker.",
        ) from None  # fmt: skip
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=None if home is None else str(Path(home) / "bin")) is None:
        raise BadInput(
            "The engine spark needs Java, which is not there", home or "PATH",
            "Install Java 17 or newer, or point JAVA_HOME to it.",
        )  # fmt: skip
    # Workers run the interpreter that this variable names, python3 by default.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return SparkSession.builder


def _options(master: str) -> dict[str, str]:
    """What differs from Spark's defaults; `spark-defaults.conf` and SPARK_* variables hold for the rest."""
    here = str(Path(__file__).parents[2])
    at_home = any(name in master for name in ("//127.0.0.1", "//localhost", "local["))
    return {
        "spark.ui.enabled": "false",
        "spark.task.maxFailures": str(FAILURES),
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
        "spark.executorEnv.PYTHONPATH": here,
        **({"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if at_home else {}),
    }


def _judge(problem: BaseException | None, master: str) -> None:
    """Tell an error of the cluster in one sentence; the long form goes with it."""
    if problem is not None:
        said = str(problem).strip().splitlines()
        raise BadInput(
            f"The cluster gave up: {said[0] if said else type(problem).__name__}", master,
            "See the logs of the cluster's workers; what is done stays, and the same command goes on.",
        ) from problem  # fmt: skip
