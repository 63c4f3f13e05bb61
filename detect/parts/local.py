"""Tasks on one machine: one after the other in this process, or in several by joblib."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from joblib import Parallel, delayed

from detect.parts.tasks import make
from detect.parts.work import Task, Work
from records.source import BadInput

TRIES = 3
"""Times in a row that workers may die without finishing a task."""


@dataclass(frozen=True)
class Local:
    """Does tasks in `jobs` processes that share the cores; a killed one costs the task that it was at."""

    jobs: int = 1

    def __call__(self, work: Work, stages: Sequence[Sequence[Task]]) -> Iterator[Task]:
        """Do the stages in their order and name each task when it is done.

        Raises:
            BadInput: workers keep dying, which is mostly a lack of memory.

        """
        for tasks in stages:
            if self.jobs == 1:
                yield from (_made(work, task) for task in tasks)
            else:
                yield from self._in_processes(work, tasks)

    def _in_processes(self, work: Work, tasks: Sequence[Task]) -> Iterator[Task]:
        tried, left = 0, work.missing(tasks)
        while left:
            try:
                with _threads(max((os.cpu_count() or 1) // self.jobs, 1)):
                    pool = Parallel(
                        self.jobs, backend="loky", return_as="generator_unordered", batch_size=1,
                        pre_dispatch="all",
                    )  # fmt: skip
                    yield from pool(delayed(_made)(work, task) for task in left)
            except BrokenProcessPool as broken:
                before, left = len(left), work.missing(tasks)
                tried = tried + 1 if len(left) == before else 0
                if tried == TRIES:
                    raise BadInput(
                        f"Worker processes died {TRIES} times without finishing a task", str(work.folder),
                        "Most often memory ran out: take smaller parts (--part-size) or fewer --jobs; "
                        "what is done stays.",
                    ) from broken  # fmt: skip
            else:
                left = work.missing(tasks)


def _made(work: Work, task: Task) -> Task:
    make(work, task)
    return task


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Let workers that start meanwhile compute with so many threads each."""
    name = "POLARS_MAX_THREADS"
    before = os.environ.get(name)
    os.environ.setdefault(name, str(n))
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
