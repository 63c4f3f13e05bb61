"""What the tasks of a run in parts share: the folder in which they leave what they made, and who made what.

A task is done when its folder is there: it is made aside and renamed in one step. So a task may be begun
twice, killed at any moment, or be done by two workers at once, and nothing is lost, doubled or mixed.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import polars as pl

from detect.parameters import ParameterSet, tuned
from detect.rule import Rule, all_rules
from records.merge import rows_of
from records.tables import Market, market_of

PREFIX = ".parts-"
"""Start of the names of such folders, below `runs`."""


class Task(NamedTuple):
    """One piece of work: of which kind (`detect.parts.tasks.MAKERS`), and on what."""

    kind: str
    name: str


@dataclass(frozen=True)
class Work:
    """What a worker must know; it finds all else in the folder and in the files of the records.

    * `folder`: every worker sees it under this name.
    * `records`: the files of each table.
    * `inputs`: columns of tenders that the score reads.
    * `models_of_groups`: whether some score groups.
    """

    folder: Path
    records: Mapping[str, Sequence[Path]]
    parameters: Sequence[ParameterSet] = ()
    inputs: Sequence[str] = ()
    models_of_groups: bool = False

    @property
    def market(self) -> Market:
        """All records."""
        return market_of(**{table: rows_of(files) for table, files in self.records.items()})

    @property
    def rules(self) -> list[Rule]:
        """All rules with their limits."""
        return tuned(list(all_rules().values()), self.parameters)

    def place(self, task: Task) -> Path:
        """Where the outcome of a task lies once it is done."""
        return self.folder / task.kind / task.name

    def missing(self, tasks: Iterable[Task]) -> list[Task]:
        """Those that are not done."""
        return [task for task in tasks if not self.place(task).is_dir()]

    def draft(self) -> Path:
        """A new folder in which a task may make its outcome."""
        return Path(mkdtemp(prefix=".draft-", dir=self.folder))

    def keep(self, draft: Path, task: Task) -> None:
        """Put what a task has made in place, unless another worker was faster."""
        place = self.place(task)
        place.parent.mkdir(exist_ok=True)
        try:
            draft.rename(place)
        except OSError:
            if not place.is_dir():
                raise
            shutil.rmtree(draft)


def folder_of(workspace: Path, inputs: Mapping[str, Any]) -> Path:
    """The folder for work with these inputs, made if need be; what other inputs have left goes away."""
    made_by = {"code": _code(), "polars": pl.__version__}
    mark = hashlib.sha256(json.dumps({**inputs, **made_by}, sort_keys=True).encode()).hexdigest()
    folder = (workspace / "runs" / f"{PREFIX}{mark[:16]}").absolute()
    discard(workspace, but=folder)
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob(".draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def discard(workspace: Path, but: Path | None = None) -> None:
    """Remove what unfinished runs in parts have left: they hold copies of records."""
    for folder in (workspace / "runs").glob(f"{PREFIX}*"):
        if folder.is_dir() and folder.name != (but.name if but else None):
            shutil.rmtree(folder)


def _code() -> str:
    """A checksum of what makes parts: a run does not go on with what other code has left."""
    home = Path(__file__).parents[2]
    found = hashlib.sha256()
    for file in sorted(file for room in _ROOMS for file in (home / room).rglob("*.py")):
        found.update(str(file.relative_to(home)).encode())
        found.update(file.read_bytes())
    return found.hexdigest()


_ROOMS = ("records", "features", "models", "detect")
