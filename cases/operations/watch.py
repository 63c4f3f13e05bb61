"""Importing and scoring each export of a folder as it arrives.

An export is a file or a folder at the top of the watched folder. It is complete when it has not changed
between two looks, or when it was seen under a temporary name before. Every step can be repeated: the same
content is imported once, a run of the same records raises the same alerts, and the desk has one alert for
each subject. So a watch may be killed at any moment and started again.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from deltalake.exceptions import DeltaError
from msgspec.structs import replace

from cases.operations.ledger import Ledger, Line, Look, Step
from records import log
from records.fingerprint import BESIDE, fingerprint, read_with
from records.log import without_contacts
from records.source import BadInput, Busy
from records.store import Store
from records.workspace import locked

PASSING = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".draft", ".swp")
"""Endings of names that copying programs give to what they have not finished; a dot or ~ in front, too."""


@dataclass
class Done:
    """What one look at the folder did: names of exports, and those whose turn comes later, with reasons."""

    imported: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    postponed: dict[str, str] = field(default_factory=dict)
    scored: bool = False


class Watch:
    """A folder under watch. `score` judges what some imports touched and lays the result where it belongs.

    Raises:
        BadInput: there is no such folder.

    """

    def __init__(
        self,
        folder: Path,
        workspace: Path,
        source: str,
        score: Callable[[Sequence[str]], object],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if not folder.is_dir():
            raise BadInput("There is no such folder", str(folder), "Make it, or check the path.")
        self.folder, self.workspace, self.source, self._score = folder, workspace, source, score
        self.options = dict(options or {})
        self._reader = ""
        (workspace / "watch").mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(workspace / "watch" / "ledger.jsonl")
        self._before: dict[str, Look] = {}
        self._unfinished: set[int] = set()

    def turn(self) -> Done:
        """Look once: import what is complete, then score if anything is new or was left unscored."""
        done = Done()
        read = read_with(self.source, self.folder, self.options)
        self._reader = f"{self.source} {msgspec.json.encode(read).decode()}"
        for path, look in self._complete():
            self._take(path, look, done)
        if batches := self.ledger.unscored():
            lines = {line.batch_id: line for line in self.ledger.lines() if line.step == Step.IMPORTED}
            self._judge([lines[batch] for batch in batches], done)
        return done

    def _judge(self, lines: Sequence[Line], done: Done) -> None:
        """Score what some imports touched; what cannot be scored now is next time."""
        try:
            self._score([line.batch_id for line in lines])
        except Busy as later:
            for line in lines:
                self._postpone(line.look.name, later, done)
            return
        done.scored = True
        for line in lines:
            self.ledger.write(replace(line, step=Step.SCORED))

    def waiting(self) -> bool:
        """Whether something was seen that is neither taken nor known to be complete."""
        return any((look, self._reader) not in self.ledger.seen for look in self._before.values())

    def _complete(self) -> Iterator[tuple[Path, Look]]:
        before, self._before = self._before, {}
        unfinished, self._unfinished = self._unfinished, set()
        for path in sorted(self.folder.iterdir()):
            try:
                look, number = look_at(path), path.stat().st_ino
            except FileNotFoundError:
                continue
            if passing(path.name):
                self._unfinished.add(number)
                continue
            self._before[path.name] = look
            if (look, self._reader) in self.ledger.seen:
                continue
            if number in unfinished or before.get(path.name) == look:
                yield path, look

    def _take(self, path: Path, look: Look, done: Done) -> None:
        try:
            mark = fingerprint(self.source, path, self.options)
        except (BadInput, OSError) as later:  # it cannot be opened, or is gone again
            self._postpone(path.name, later, done)
            return
        step = self.ledger.steps.get(mark.batch_id)
        if step is not None:  # the same content under another name, or touched
            self.ledger.write(Line(step, mark.batch_id, look, self._reader))
            return
        try:
            self._import(path, look, mark.batch_id)
            done.imported.append(path.name)
        except (Busy, OSError, MemoryError, DeltaError) as later:  # of the machine, not of the export
            self._postpone(path.name, later, done)
        except Exception as problem:
            self._refuse(path, Line(Step.REFUSED, mark.batch_id, look, self._reader), problem, done)

    def _import(self, path: Path, look: Look, batch_id: str) -> None:
        report = Store.open_or_create(self.workspace).import_(self.source, path, **self.options)
        self.ledger.write(Line(Step.IMPORTED, batch_id, look, self._reader))
        log.note("imported", file=without_contacts(path.name), **report.counts())

    def _postpone(self, name: str, later: Exception, done: Done) -> None:
        done.postponed[name] = without_contacts(str(later) or type(later).__name__)
        log.note("postponed", file=without_contacts(name), why=done.postponed[name])

    def _refuse(self, path: Path, line: Line, problem: Exception, done: Done) -> None:
        """Keep the reason and go on. The file stays; when it or the mapping changes, it gets another try."""
        known = isinstance(problem, BadInput)
        why = without_contacts(str(problem) if known else f"{type(problem).__name__}: {problem}")
        self.ledger.write(replace(line, why=why))
        done.refused[path.name] = why
        log.note("refused", file=without_contacts(path.name), why=why)


def watch(watched: Watch, interval: float, *, once: bool) -> Iterator[Done]:
    """Look again and again; with `once` until everything that is complete now has been taken.

    Raises:
        Busy: another process watches for this workspace.

    """
    with locked(watched.workspace / "watch" / "lock"):
        yield watched.turn()
        while not once:
            time.sleep(interval)
            yield watched.turn()
        if watched.waiting():
            time.sleep(interval)
            yield watched.turn()


def passing(name: str) -> bool:
    """Whether a name says that the file is not finished, or is no export.

    >>> [passing(n) for n in ("a.csv", "a.csv.part", ".a.csv", "~a.xlsx", "mapping.toml")]
    [False, True, True, True, True]
    """
    return name.startswith((".", "~")) or name.lower().endswith(PASSING) or name == BESIDE


def look_at(path: Path) -> Look:
    """Size and last change of a file, or of all files of a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    stats = [f.stat() for f in files]
    return Look(
        path.name, sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0), len(files)
    )
