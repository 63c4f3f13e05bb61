"""What all commands share: their options, the console, and how they find records and runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from records import log


def _settle(context: typer.Context, workspace: Path) -> Path:
    """Let the settings of the workspace be the defaults of the command's other options."""
    from records.settings import settings

    found = settings(workspace)
    log.configure(found.log)
    told = {name: getattr(found, name) for name in found.model_fields_set}
    context.default_map = {**(context.default_map or {}), **told}
    return workspace


Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="BIDLENS_WORKSPACE",
        is_eager=True,
        callback=_settle,
        help="Folder of records and runs.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Lang = Annotated[
    Literal["en", "zh"], typer.Option("--lang", envvar="BIDLENS_LANG", help="Language of the words.")
]
HERE = Path("workspace")
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)


def records(workspace: Path) -> Any:
    """The record store of a workspace, a `records.store.Store`.

    Raises:
        BadInput: nothing was imported there.

    """
    from records.source import BadInput
    from records.store import Store

    if not (workspace / "records").exists():
        raise BadInput(
            "There are no records", str(workspace), "Import some first: bidlens import FILE --source ocds"
        )
    return Store(workspace)


def newest(workspace: Path, tender: str | None = None) -> Any:
    """The newest run of a workspace, a `detect.kept.Run`; with a tender, what it says of that one.

    Raises:
        BadInput: nothing was scored there.

    """
    from detect.kept import latest
    from records.source import BadInput

    run = latest(workspace, tender)
    if run is None:
        raise BadInput("Nothing has been scored yet", str(workspace), "Run: bidlens score")
    return run


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Any]:
    """A bar on standard error where somebody watches; yields what long work calls with its rows."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(label, total=None, done="")
        yield lambda what, rows: bar.update(task, done=f"{what}: {rows:,} rows")


@contextmanager
def steps(label: str, *, quiet: bool = False) -> Iterator[Any]:
    """A bar for work of many tasks, or lines in the log; yields what is told of tasks done and time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(label, total=None, left="")

        def told(done: int, total: int, seconds_left: float | None) -> None:
            left = "" if seconds_left is None else f"about {timedelta(seconds=round(seconds_left))} left"
            bar.update(task, completed=done, total=total, left=left)
            log.note("tasks", done=done, of=total, seconds_left=seconds_left and round(seconds_left))

        yield told


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, default=str))
