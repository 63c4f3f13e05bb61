"""Commands for those who run an installation."""

from pathlib import Path
from typing import Annotated, Any

import typer

from detect.commands.options import HERE, Json, Lang, Workspace, err, out, print_json, progress
from records import log

commands = typer.Typer()


@commands.command(epilog="Examples:  bidlens settings -w workspace  |  BIDLENS_CAPACITY=50 bidlens settings")
def settings(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Every setting: its value, where that comes from (bidlens.toml, a variable, or default), its meaning."""
    import polars as pl

    from detect.terminal import show_table
    from records.settings import in_force

    found = in_force(workspace)
    if as_json:
        print_json({s.name: {"value": s.value, "source": s.source} for s in found})
        return
    shown = [("" if s.value is None else str(s.value)) for s in found]
    columns = {"setting": [s.name for s in found], "value": shown, "source": [s.source for s in found]}
    show_table(pl.DataFrame({**columns, "meaning": [s.meaning for s in found]}), "", lang, out)


MaxRunAge = Annotated[float | None, typer.Option(min=0, help="Hours after which the newest run is too old.")]
MaxQuarantined = Annotated[
    float | None, typer.Option(min=0, max=1, help="Share of the last import that may be set aside.")
]
MinFree = Annotated[float, typer.Option("--min-free-gb", min=0, help="Free gigabytes that are needed.")]


@commands.command(epilog="Example:  bidlens health -w workspace --max-run-age 30 --json")
def health(
    workspace: Workspace = HERE,
    max_run_age: MaxRunAge = None,
    max_quarantined: MaxQuarantined = None,
    min_free_gb: MinFree = 1.0,
    as_json: Json = False,
) -> None:
    """Look at records, newest run, database, audit log, quarantine and disk; exit code 1 if one fails."""
    from detect.terminal import say
    from operations.health import healthy

    found = _checks(workspace, max_run_age, max_quarantined, min_free_gb)
    if as_json:
        print_json({"healthy": healthy(found), "checks": [c.to_dict() for c in found]})
    for c in () if as_json else found:
        told = ", ".join(f"{k} {v}" for k, v in c.told.items() if not isinstance(v, dict))
        say(out, f" {c.why or told}", bold=f"{c.state.value:8}{c.name:11}")
    if not healthy(found):
        raise typer.Exit(1)


@commands.command(epilog="Example:  bidlens metrics -w workspace --to /var/lib/node_exporter/bidlens.prom")
def metrics(
    workspace: Workspace = HERE,
    max_run_age: MaxRunAge = None,
    max_quarantined: MaxQuarantined = None,
    min_free_gb: MinFree = 1.0,
    to: Annotated[Path | None, typer.Option(help="File to write in one step instead.")] = None,
) -> None:
    """The same figures as Prometheus text, for node_exporter's textfile collector."""
    from operations.metrics import text, write

    found = _checks(workspace, max_run_age, max_quarantined, min_free_gb)
    print(text(found), end="") if to is None else write(found, str(to))


def _checks(
    workspace: Path, max_run_age: float | None, max_quarantined: float | None, min_free_gb: float
) -> list[Any]:
    from operations.health import checks
    from records.settings import settings as in_place

    given = {"max_run_age": max_run_age, "max_quarantined": max_quarantined, "min_free_gb": min_free_gb}
    return checks(workspace, in_place(workspace).model_copy(update=given))


@commands.command(
    epilog="Example:  bidlens backup /backups/bidlens-2026-11-23.tar -w workspace",
)
def backup(
    file: Annotated[Path, typer.Argument(help="File to make, outside of the workspace.")],
    workspace: Workspace = HERE,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out what lies on servers; say what that is.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy the workspace into one file, with its key and a checksum of every file; only you may read it."""
    from operations.backup import backup as copy

    with progress("Copying", quiet=as_json):
        made = copy(workspace, file, partial=partial)
    told = _told(made)
    log.count(**told)
    if as_json:
        print_json({**told, "file": str(file)})
        return
    out.print(f"{told['files']:,} files, {told['bytes']:,} bytes, records version {made.records_version}")
    for left_out in made.elsewhere:
        err.print(f"Not in it: {left_out}", highlight=False, markup=False)


@commands.command(epilog="Example:  bidlens restore /backups/bidlens-2026-11-23.tar -w restored")
def restore(
    file: Annotated[Path, typer.Argument(help="File that bidlens backup made.")],
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Make a workspace from a backup, every checksum verified; the folder must be empty or absent."""
    from operations.restore import restore as unpack

    with progress("Restoring", quiet=as_json):
        made = unpack(file, workspace)
    told = _told(made)
    log.count(**told)
    if as_json:
        print_json({**told, "workspace": str(workspace)})
        return
    out.print(f"{told['files']:,} files as of {made.made_at}, records version {made.records_version}")
    for left_out in made.elsewhere:
        err.print(f"Was not in the backup: {left_out}", highlight=False, markup=False)


def _told(made: Any) -> dict[str, Any]:
    size = sum(kept.size for kept in made.files.values())
    counted = {"files": len(made.files), "bytes": size, "records_version": made.records_version}
    return {**counted, "made_at": made.made_at, "elsewhere": list(made.elsewhere)}
