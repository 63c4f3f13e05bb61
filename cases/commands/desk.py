"""The desk's own commands: learn; and what `bidlens score` does with a run."""

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from detect.commands.options import HERE, Json, Workspace, out, print_json, records

commands = typer.Typer()


@commands.command(epilog="Example:  bidlens learn -w workspace && bidlens train --model tender_boosting")
def learn(workspace: Workspace = HERE, as_json: Json = False) -> None:
    """Bring the desk's decisions into the records, so that training learns from them."""
    from cases.labels import learn as taken
    from detect.terminal.reports import show_import

    store = records(workspace)
    with engine_of(workspace) as engine:
        report = taken(engine, store, getpass.getuser())
    if as_json:
        print_json(None if report is None else report.to_dict())
    elif report is None:
        out.print("Nobody has decided on an alert yet.")
    else:
        show_import(report, out)


def lay_down(workspace: Path, run: Any, market: Any) -> Mapping[str, Any]:
    """Post a run to the desk of a workspace; gives `cases.intake.Posted` as a mapping."""
    from cases.intake import post

    with engine_of(workspace) as engine:
        return asdict(post(engine, run, getpass.getuser(), market))


@contextmanager
def engine_of(workspace: Path) -> Iterator[Any]:
    """The engine of a workspace's desk, a `sqlalchemy.Engine`.

    Raises:
        BadInput: there is no such workspace, or its database cannot be used.
        Busy: its database cannot be used now.

    """
    from cases.database import address, in_reach, opened
    from records.source import BadInput

    url = address(workspace)
    if url.startswith("sqlite") and not workspace.is_dir():
        raise BadInput("There is no workspace", str(workspace), "Import records first: bidlens import FILE")
    engine = opened(url)
    try:
        with in_reach(url):
            yield engine
    finally:
        engine.dispose()
