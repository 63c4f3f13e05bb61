"""What whole processes cost, and on what machine: shared by the benchmarks that compare commands."""

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAUSE = 0.25
"""Seconds between two looks at memory."""


class Cost(NamedTuple):
    """One process with all that it started: wall and processor seconds, peak resident megabytes together."""

    wall: float
    cpu: float
    peak_mb: float


def machine() -> str:
    """The line that every table begins with."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def python(module: str, *arguments: object) -> list[str]:
    """A command that runs a module of this programme."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def measure(command: Sequence[str | Path], output: Path | None = None) -> Cost:
    """Run a command from the root of the programme to its end; what it prints goes to `output`, if named.

    Ends the benchmark when the command fails.
    """
    target = None if output is None else output.open("wb")
    started = time.perf_counter()
    try:
        child = subprocess.Popen(command, cwd=ROOT, stdout=target, start_new_session=True)
        with _watched(child.pid) as peaks:
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = status
    finally:
        if target is not None:
            target.close()
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed")
    wall = time.perf_counter() - started
    return Cost(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss / 1024, *peaks, 0.0))


@contextmanager
def _watched(session: int) -> Iterator[list[float]]:
    """Notes meanwhile, a few times a second, how many megabytes the processes of a session hold together."""
    held: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(PAUSE):
            held.append(_held(session))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield held
    finally:
        over.set()
        thread.join()


def _held(session: int) -> float:
    """Resident megabytes of the processes of a session, of which Linux tells in /proc."""
    pages = 0
    for told in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = told.read_text().rpartition(")")[2].split()
            pages += int(fields[21]) * (int(fields[3]) == session)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder, or without one a temporary one that goes away."""
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory() as made:
        yield Path(made)
