"""Commands about the audit log: audit verify, audit head, audit show."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cases.commands.desk import engine_of
from detect.commands.options import HERE, Json, Workspace, out, print_json

commands = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The log of what was done, and whether it is whole.")
commands.add_typer(audit, name="audit")
_SHOWN = ("seq", "at", "actor", "action", "subject", "detail")


@audit.command(epilog="Example:  bidlens audit head > head.txt   (and keep it elsewhere)")
def head(workspace: Workspace = HERE) -> None:
    """Print number and hash of the newest entry, for `bidlens audit verify --head` later."""
    from cases.audit import head as newest
    from cases.database import reading

    with engine_of(workspace) as engine, reading(engine) as session:
        print(*newest(session))


@audit.command(epilog="Example:  bidlens audit verify --head head.txt")
def verify(
    workspace: Workspace = HERE,
    head: Annotated[
        Path | None, typer.Option(help="What `bidlens audit head` printed some time ago.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find any entry that was changed, removed or moved; exit code 1 says that there is one."""
    from cases.audit import head as newest
    from cases.audit import verify as faults_of
    from cases.database import reading

    published = None if head is None else _published(head)
    with engine_of(workspace) as engine, reading(engine) as session:
        faults, last = faults_of(session, published), newest(session)
    if as_json:
        print_json({"entries": last.seq, "faults": [f._asdict() for f in faults]})
    else:
        for fault in faults:
            out.print(f"entry {fault.seq}: {fault.what}", highlight=False)
        found = f"{len(faults):,} faults" if faults else "all as they were written"
        out.print(f"{last.seq:,} entries, {found}", highlight=False)
    sys.exit(1 if faults else 0)


@audit.command(epilog="Example:  bidlens audit show -n 100 --json")
def show(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest entries, the newest last."""
    from sqlalchemy import select

    from cases.database import reading
    from cases.tables import Entry
    from records.visible import visible

    asked = select(Entry).order_by(Entry.seq.desc()).limit(rows)
    with engine_of(workspace) as engine, reading(engine) as session:
        found = [{c: getattr(e, c) for c in _SHOWN} for e in reversed(session.scalars(asked).all())]
    if as_json:
        print_json(found)
        return
    for entry in found:
        told = "  ".join(visible(str(value)) for value in entry.values())
        out.print(told, highlight=False, markup=False, soft_wrap=True)


def _published(file: Path) -> Any:
    from cases.audit import Head
    from records.source import BadInput

    words = file.read_text("utf-8").split() if file.is_file() else []
    if len(words) != 2 or not words[0].isdecimal():
        raise BadInput("This file holds no head", str(file), "Give what `bidlens audit head` printed.")
    return Head(int(words[0]), words[1])
