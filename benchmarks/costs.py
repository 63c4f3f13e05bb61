"""What whole processes cost, and on what machine: shared by the benchmarks that compare commands."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Cost(NamedTuple):
    """One process with all that it started: wall and processor seconds, peak resident megabytes."""

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
        child = subprocess.Popen(command, cwd=ROOT, stdout=target)
        _, status, used = os.wait4(child.pid, 0)
    finally:
        if target is not None:
            target.close()
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder, or without one a temporary one that goes away."""
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory() as made:
        yield Path(made)
