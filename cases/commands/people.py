"""The command that appoints people."""

from typing import Annotated

import typer

from cases.roles import Role
from detect.commands.options import HERE, Json, Workspace, out, print_json

commands = typer.Typer()


@commands.command(epilog="Example:  bidlens people 00u1x2y3 --role supervisor --shown '王芳'")
def people(
    name: Annotated[
        str | None, typer.Argument(help="Id at the sign-in provider; without one, a list.")
    ] = None,
    role: Annotated[Role | None, typer.Option(help="Role to give.")] = None,
    shown: Annotated[str | None, typer.Option(help="Name that colleagues see.")] = None,
    leaves: Annotated[bool, typer.Option("--leaves", help="End the access of this person.")] = False,
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Say who may come in, and under which role; every change goes to the audit log."""
    import getpass

    from cases.commands.desk import engine_of
    from cases.database import reading, writing
    from cases.people import appoint, everybody

    with engine_of(workspace) as engine:
        if name is not None:
            with writing(engine) as session:
                known = {p.name: Role(p.role) for p in everybody(session)}
                given = role or known.get(name)
                if given is None:
                    raise typer.BadParameter(f"{name!r} is new here: give a --role.")
                appoint(session, getpass.getuser(), name, given, shown, active=not leaves)
        with reading(engine) as session:
            told = ("name", "shown", "role", "active")
            rows = [{c: getattr(p, c) for c in told} for p in everybody(session)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        left = "" if row["active"] else "  (has left)"
        out.print(f"{row['name']}  {row['shown']}  {row['role']}{left}", markup=False)
