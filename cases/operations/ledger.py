"""Which exports of a folder were taken, line by line, so that a watch that is killed knows where it was.

Every line is one step of one export, on disk before the next step begins. A line that was cut short by a
kill counts as not written; the step it told of can be repeated without harm.
"""

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec


class Step(StrEnum):
    """How far an export came."""

    IMPORTED = "imported"
    SCORED = "scored"
    REFUSED = "refused"


class Look(msgspec.Struct, frozen=True):
    """An export as a folder shows it: equal looks mean that nothing was written in between."""

    name: str
    size: int
    changed: int
    files: int = 1


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: of which content (`batch_id`), seen where, when, and for a refused one why."""

    step: Step
    batch_id: str
    look: Look
    reader: str
    at: str = ""
    why: str = ""


class Ledger:
    """The lines of one workspace; `Step` by content, and the looks that need no second reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps: dict[str, Step] = {}
        self.seen: set[tuple[Look, str]] = set()
        self._torn = path.exists() and not path.read_bytes().endswith(b"\n")
        for line in self._read():
            self._take(line)

    def write(self, line: Line) -> None:
        """Add a line, on disk when this returns."""
        told = msgspec.structs.replace(line, at=datetime.now(UTC).isoformat(timespec="seconds"))
        with self.path.open("ab") as file:
            file.write(b"\n" * self._torn + msgspec.json.encode(told) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._torn = False
        self._take(told)

    def unscored(self) -> list[str]:
        """Contents that were imported and never scored."""
        return [batch for batch, step in self.steps.items() if step == Step.IMPORTED]

    def lines(self) -> list[Line]:
        """All of it, oldest first."""
        return list(self._read())

    def _read(self) -> list[Line]:
        found = []
        for text in self.path.read_bytes().splitlines() if self.path.exists() else ():
            try:
                found.append(msgspec.json.decode(text, type=Line))
            except msgspec.MsgspecError:
                continue
        return found

    def _take(self, line: Line) -> None:
        self.steps[line.batch_id] = line.step
        self.seen.add((line.look, line.reader))
