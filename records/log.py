"""What commands tell of themselves on standard error: begin, end, duration, exit code and counts.

No values of records: a log is kept longer and read by more people than a workspace.
"""

import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog

from records.source import BadInput

_CONTACT = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|\d[\d\s-]{9,}\d")
_COUNTS: dict[str, Any] = {}
_state = {"form": "off", "begun": False}


def configure(form: str) -> None:
    """Log as `text`, as `json`, not at all (`off`), or `auto`: text unless somebody watches the terminal."""
    _state["form"] = ("off" if sys.stderr.isatty() else "text") if form == "auto" else form
    structlog.configure(
        processors=[
            _drop,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
            if _state["form"] == "json"
            else structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=lambda *_: _StandardError(),
        cache_logger_on_first_use=False,
    )


def form() -> str:
    """How the log is written now: `text`, `json` or `off`."""
    return str(_state["form"])


def begun() -> bool:
    """Whether a command began to work; wrong usage ends before that."""
    return bool(_state["begun"])


def note(event: str, **told: Any) -> None:
    """Add a line of its own, for what takes long or repeats."""
    structlog.get_logger().info(event, **told)


def count(**told: Any) -> None:
    """Add figures and ids to the line that tells of the command's end."""
    _COUNTS.update(told)


@contextmanager
def call(command: str) -> Iterator[None]:
    """Tell when a command begins and ends; `call` is an id that all of its lines carry."""
    started, ended = perf_counter(), {"exit_code": 0}
    _COUNTS.clear()
    _state["begun"] = True
    with structlog.contextvars.bound_contextvars(call=uuid4().hex[:12], command=command):
        note("begin")
        try:
            yield
        except BaseException as problem:
            ended = _told(problem)
            raise
        finally:
            log = structlog.get_logger()
            tell = log.error if ended["exit_code"] else log.info
            tell("end", **ended, seconds=round(perf_counter() - started, 3), **_COUNTS)


def without_contacts(text: str) -> str:
    """A message in which e-mail addresses and long numbers are masked.

    >>> without_contacts("There is no alert about li@example.cn or 138-0000 1234 in T-2024-17")
    'There is no alert about ••• or ••• in T-2024-17'
    """
    return _CONTACT.sub("•••", text)


def _told(problem: BaseException) -> dict[str, Any]:
    if isinstance(problem, BadInput):
        words = {"error": problem.what, "where": problem.where, "remedy": problem.remedy}
        return {"exit_code": problem.exit_code} | {k: without_contacts(v) for k, v in words.items()}
    if isinstance(problem, SystemExit):
        code = problem.code
        return {"exit_code": code if isinstance(code, int) else int(code is not None)}
    if isinstance(problem, KeyboardInterrupt):
        return {"exit_code": 130, "error": "interrupted"}
    return {"exit_code": getattr(problem, "exit_code", 1), "error": type(problem).__name__}


def _drop(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if _state["form"] == "off":
        raise structlog.DropEvent
    return event


class _StandardError:
    """Where lines go; standard error is looked up for each, since a test may have replaced it."""

    def msg(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    info = error = warning = msg


configure("off")
