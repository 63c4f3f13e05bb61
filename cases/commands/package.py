"""The commands that hand things on: evidence packages, their check, and exports."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cases.roles import Role
from detect.commands.options import HERE, Json, Lang, Workspace, err, newest, out, print_json, records

commands = typer.Typer()

AsRole = Annotated[Role, typer.Option(help="Whose eyes it is for; leads may see tenders not yet opened.")]


@commands.command(
    epilog="Examples:  bidlens package E6212022024000387001001 --lang zh -o case.zip  |  "
    "bidlens package 'F1|F2' --grain pair"
)
def package(
    subject: Annotated[str, typer.Argument(help="Tender id, or with --grain the id of a party.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; by default named after the case.")
    ] = None,
    grain: Annotated[
        str, typer.Option(help="tender, bidder, pair, group, buyer, expert or market.")
    ] = "tender",
    role: AsRole = Role.SUPERVISOR,
    unmask: Annotated[
        str | None, typer.Option(help="Reason to show names of natural persons who bid; goes to the log.")
    ] = None,
    workspace: Workspace = HERE,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Write the evidence package of a tender's or party's alert: a signed zip that anybody can check."""
    import getpass

    from cases.commands.desk import engine_of
    from cases.package.write import write
    from cases.roles import Refused
    from features.catalogue import Grain
    from records.source import BadInput

    records(workspace)
    if unmask is not None and not unmask.strip():
        raise typer.BadParameter("--unmask needs a reason, which is kept.")
    try:
        with engine_of(workspace) as engine:
            run = newest(workspace, subject if grain == Grain.TENDER else None)
            made = write(
                workspace, run, grain, subject, lang=lang, role=role, personal=unmask,
                actor=getpass.getuser(), engine=engine,
            )  # fmt: skip
    except Refused as why:
        raise BadInput(str(why), "--role", "Ask somebody who may.") from why
    target = output or Path(_file_name(grain, subject, lang))
    _put(target, made.content)
    told = {
        "file": str(target), "sha256": made.sha256, "fingerprint": made.manifest["signature"]["fingerprint"],
        "files": [f["name"] for f in made.manifest["files"]], "audit_entry": made.entry,
    }  # fmt: skip
    if as_json:
        print_json(told)
        return
    out.print(f"{target}\nSHA-256 {made.sha256}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"signed by {told['fingerprint']}", highlight=False, markup=False, soft_wrap=True)
    out.print(
        f"To check it:  bidlens verify {target} --key {told['fingerprint']}", markup=False, soft_wrap=True
    )


@commands.command(epilog="Example:  bidlens verify case.zip --key 3f9a...")
def verify(
    package: Annotated[Path, typer.Argument(help="The zip.")],
    key: Annotated[
        str | None, typer.Option(help="Fingerprint of the expected key, or a file with that public key.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a package on any machine: checksums, files, signature, key; exit code 1 if anything fails."""
    from cases.package.verify import verify as check
    from records.visible import visible

    checks = check(package, key)
    holds = all(c.holds for c in checks)
    if as_json:
        print_json({"holds": holds, "key_checked": key is not None, "checks": [c._asdict() for c in checks]})
    else:
        for c in checks:
            seen = f": {visible(c.seen)}" if c.seen else ""
            said = f"{'holds ' if c.holds else 'FAILS '} {visible(c.what)}{seen}"
            out.print(
                said, style=None if c.holds else "bold red", highlight=False, markup=False, soft_wrap=True
            )
        out.print(_verdict(holds, key), markup=False, soft_wrap=True)
    sys.exit(0 if holds else 1)


@commands.command(
    epilog="Examples:  bidlens export -o queue.csv  |  bidlens export --format xlsx --lang zh -o queue.xlsx"
)
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    form: Annotated[
        Literal["csv", "xlsx", "402"], typer.Option("--format", help="402 is the national table of alerts.")
    ] = "csv",
    role: AsRole = Role.SUPERVISOR,
    unit: Annotated[str | None, typer.Option(help="Name of the supervising unit, for 402.")] = None,
    unit_code: Annotated[str | None, typer.Option(help="Code of the supervising unit, for 402.")] = None,
    zone: Annotated[str, typer.Option(help="Zone of the times.")] = "Asia/Shanghai",
    workspace: Workspace = HERE,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Write all alerts as a table, with what people did where there is a desk."""
    import getpass
    from datetime import UTC, datetime

    from cases.alerting_info import Unit
    from cases.commands.desk import engine_of
    from cases.export import export as write
    from cases.masking import openings
    from cases.roles import Refused
    from records.source import BadInput

    try:
        with engine_of(workspace) as engine:
            unopened = openings(records(workspace).market(), datetime.now(UTC))["tender_id"].to_list()
            rows = write(
                output, form, newest(workspace), engine, lang=lang, zone=zone, role=role,
                unit=Unit(unit, unit_code), actor=getpass.getuser(), unopened=unopened,
            )  # fmt: skip
    except Refused as why:
        raise BadInput(str(why), "--role", "Ask somebody who may.") from why
    if as_json:
        print_json({"file": str(output), "rows": rows, "format": form})
        return
    out.print(f"{rows:,} alerts in {output}", markup=False, soft_wrap=True)
    if form == "402":
        err.print("The code list of ALERT_LEVEL is not verified: levels stand there as words.")


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    import os

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _file_name(grain: str, subject: str, lang: str) -> str:
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in subject)[:80]
    return f"{grain}-{plain}.{lang}.zip"


def _verdict(holds: bool, key: str | None) -> str:
    if not holds:
        return "The package does not hold: see above."
    if key is None:
        return (
            "Everything holds, by the key that the package itself brings. Whose key that is was not checked: "
            "compare the fingerprint with one that you have from elsewhere, or give it as --key."
        )
    return "Everything holds, signed by the expected key."
