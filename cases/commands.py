"""The commands about the desk: people, learn, audit.

`bidlens.py` adds them to the command once it has made sure that our packages are ours.
"""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cases.roles import Role

Workspace = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="BIDLENS_WORKSPACE", help="Folder of records and runs.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
HERE = Path("workspace")
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)

people = typer.Typer(no_args_is_help=True, help="Who works at the desk, and in which role.")
audit = typer.Typer(no_args_is_help=True, help="The log of what was done, and whether it is whole.")


def add_to(app: typer.Typer) -> None:
    """Register the commands with the command-line application, once."""
    if any(c.callback is learn for c in app.registered_commands):
        return
    app.command(epilog="Example:  bidlens learn -w workspace && bidlens train --model tender_boosting")(learn)
    app.add_typer(people, name="people")
    app.add_typer(audit, name="audit")


def account() -> str:
    """Who runs a command, as the log names them."""
    from cases.act import MACHINE

    return MACHINE + getpass.getuser()


@contextmanager
def desk(workspace: Path) -> Iterator[Any]:
    """The engine of a workspace's desk; what does not fit is bad input."""
    from cases.act import Unfit
    from cases.database import address, opened
    from cases.roles import Refused
    from records.source import BadInput

    url = address(workspace)
    if url.startswith("sqlite") and not workspace.is_dir():
        raise BadInput("There is no workspace", str(workspace), "Import records first: bidlens import FILE")
    engine = opened(url)
    try:
        yield engine
    except (Unfit, Refused) as problem:
        raise BadInput(str(problem), engine.url.render_as_string(), "Nothing was changed.") from problem
    finally:
        engine.dispose()


def learn(workspace: Workspace = HERE, as_json: Json = False) -> None:
    """Bring the desk's decisions into the records, so that training learns from them."""
    from cases.labels import learn as taken
    from detect.terminal import show_import
    from records.store import Store

    with desk(workspace) as engine:
        report = taken(engine, Store(workspace), account())
    if as_json:
        _print_json(None if report is None else report.to_dict())
    elif report is None:
        out.print("Nobody has decided on an alert yet.")
    else:
        show_import(report, out)


@people.command("add", epilog="Example:  bidlens people add li@example.org --shown 李 --role supervisor")
def people_add(
    name: Annotated[str, typer.Argument(help="The name that they sign in with.")],
    role: Annotated[Role, typer.Option(help="What they are here for.")] = Role.VIEWER,
    shown: Annotated[str, typer.Option(help="The name that colleagues see.")] = "",
    workspace: Workspace = HERE,
) -> None:
    """Let somebody work at the desk."""
    from cases.people import add

    with desk(workspace) as engine:
        made = add(engine, account(), name, role, shown)
    out.print(f"{made.name} is here as {made.role}", highlight=False, markup=False)


@people.command("list", epilog="Example:  bidlens people list -w workspace --json")
def people_list(workspace: Workspace = HERE, as_json: Json = False) -> None:
    """Show everybody, those who left among them."""
    from cases.people import everybody

    with desk(workspace) as engine:
        there = [
            {"name": p.name, "shown": p.shown, "role": p.role, "active": p.active} for p in everybody(engine)
        ]
    if as_json:
        _print_json(there)
        return
    for p in there:
        left = "" if p["active"] else "  (left)"
        out.print(f"{p['name']}  {p['shown']}  {p['role']}{left}", highlight=False, markup=False)


@people.command("role", epilog="Example:  bidlens people role li@example.org lead")
def people_role(name: str, role: Role, workspace: Workspace = HERE) -> None:
    """Give somebody another role; somebody who had left is back."""
    from cases.people import set_role

    with desk(workspace) as engine:
        set_role(engine, account(), name, role)
    out.print(f"{name} is here as {role.value}", highlight=False, markup=False)


@people.command("deactivate", epilog="Example:  bidlens people deactivate li@example.org")
def people_deactivate(name: str, workspace: Workspace = HERE) -> None:
    """Let somebody act no longer; what they did stays in their name."""
    from cases.people import deactivate

    with desk(workspace) as engine:
        deactivate(engine, account(), name)
    out.print(f"{name} has left", highlight=False, markup=False)


@audit.command("head", epilog="Example:  bidlens audit head > head.txt   (and keep it elsewhere)")
def audit_head(workspace: Workspace = HERE) -> None:
    """Print number and hash of the newest entry, for `bidlens audit verify --head` later."""
    from cases.audit import head
    from cases.database import reading

    with desk(workspace) as engine, reading(engine) as session:
        newest = head(session)
    print(newest.seq, newest.hash)


@audit.command("verify", epilog="Example:  bidlens audit verify --head head.txt")
def audit_verify(
    workspace: Workspace = HERE,
    head: Annotated[
        Path | None, typer.Option(help="What `bidlens audit head` printed some time ago.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find any entry that was changed, removed or moved; exit code 1 says that there is one."""
    from cases.audit import head as newest
    from cases.audit import verify
    from cases.database import reading

    published = None if head is None else _published(head)
    with desk(workspace) as engine, reading(engine) as session:
        faults, last = verify(session, published), newest(session)
    if as_json:
        _print_json({"entries": last.seq, "faults": [f._asdict() for f in faults]})
    else:
        for fault in faults:
            out.print(f"entry {fault.seq}: {fault.what}", highlight=False)
        told = f"{last.seq:,} entries, {len(faults):,} faults"
        out.print(told if faults else f"{last.seq:,} entries, all as they were written", highlight=False)
    sys.exit(1 if faults else 0)


@audit.command("show", epilog="Example:  bidlens audit show -n 100 --json")
def audit_show(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest entries, the newest last."""
    from sqlalchemy import select

    from cases.database import reading
    from cases.tables import Entry

    asked = select(Entry).order_by(Entry.seq.desc()).limit(rows)
    with desk(workspace) as engine, reading(engine) as session:
        found = list(reversed(session.scalars(asked).all()))
    columns = ("seq", "at", "actor", "action", "subject", "detail")
    if as_json:
        _print_json([{c: getattr(e, c) for c in columns} for e in found])
        return
    for e in found:
        told = "  ".join(str(getattr(e, c)) for c in columns)
        out.print(told, highlight=False, markup=False, soft_wrap=True)


def lay_down(workspace: Path, run: Any, market: Any) -> dict[str, Any]:
    """Post a run to the desk of a workspace, as `bidlens score` does."""
    from cases.intake import post

    with desk(workspace) as engine:
        return asdict(post(engine, run, account(), market))


def _published(file: Path) -> Any:
    from cases.audit import Head
    from records.source import BadInput

    words = file.read_text("utf-8").split() if file.is_file() else []
    if len(words) != 2 or not words[0].isdecimal():
        raise BadInput("This file holds no head", str(file), "Give what `bidlens audit head` printed.")
    return Head(int(words[0]), words[1])


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))
