"""Commands for those who run an installation."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from detect.commands.options import HERE, Json, Lang, Workspace, err, out, print_json, progress, records
from records import log

commands = typer.Typer()


@commands.command(epilog="Examples:  bidlens settings -w workspace  |  BIDLENS_CAPACITY=50 bidlens settings")
def settings(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Every setting: its value, where that comes from (bidlens.toml, a variable, or default), its meaning."""
    import polars as pl

    from detect.terminal.plain import show_table
    from records.settings import in_force

    found = in_force(workspace)
    if as_json:
        print_json({s.name: {"value": s.value, "source": s.source} for s in found})
        return
    default = "默认值" if lang == "zh" else "default"
    columns = {
        "setting": [s.name for s in found],
        "value": [_figure(s.value) for s in found],
        "source": [default if s.source == "default" else s.source for s in found],
        "meaning": [s.meaning[lang] for s in found],
    }
    show_table(pl.DataFrame(columns), "", lang, out)


def _figure(value: Any) -> str:
    """A setting as one would write it: 1, not 1.0."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


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
    from cases.operations.health import healthy
    from cases.operations.health_words import said
    from detect.terminal.plain import say

    found = _checks(workspace, max_run_age, max_quarantined, min_free_gb)
    if as_json:
        print_json({"healthy": healthy(found), "checks": [c.to_dict() for c in found]})
    for c in () if as_json else found:
        say(out, f" {c.why or said(c)}", bold=f"{c.state.value:8}{c.name:11}")
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
    from cases.operations.metrics import text, write

    found = _checks(workspace, max_run_age, max_quarantined, min_free_gb)
    print(text(found), end="") if to is None else write(found, str(to))


def _checks(
    workspace: Path, max_run_age: float | None, max_quarantined: float | None, min_free_gb: float
) -> list[Any]:
    from cases.operations.health import checks
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
    from cases.operations.backup import backup as copy

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
    from cases.operations.restore import restore as unpack

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


@commands.command(epilog="Example:  bidlens move-desk postgresql+psycopg://desk@db/bidlens -w workspace")
def move_desk(
    address: Annotated[str, typer.Argument(help="Empty database; - reads it from standard input.")],
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Copy the desk to another database with all decisions and its log; then set `database` to it.

    People wait meanwhile. The old desk stays as it is and is used no longer.
    """
    import getpass

    from cases.database import address as in_use
    from cases.operations.moving import move

    target = sys.stdin.read().strip() if address == "-" else address
    with progress("Copying", quiet=as_json):
        moved = move(in_use(workspace), target, getpass.getuser())
    log.count(rows=sum(moved.values()))
    if as_json:
        print_json(dict(moved))
        return
    out.print(
        f"{moved['alerts']:,} alerts, {moved['events']:,} events, {moved['audit']:,} entries of the log"
    )
    err.print("The old desk is still in use: set database in bidlens.toml, then start the dashboard again.")


@commands.command(epilog="Example:  bidlens prune --runs-older-than 365 -w workspace")
def prune(
    workspace: Workspace = HERE,
    retention_days: Annotated[
        int | None, typer.Option("--runs-older-than", min=1, help="Days; else setting retention_days.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Remove old runs, and the versions of the records that no run needs any more.

    The newest full run stays with those added to it, and so does every run from which an open alert came
    that the newest one no longer raises.
    """
    from cases.operations.retention import prune as remove

    if retention_days is None:
        err.print("Nothing is removed: give --runs-older-than, or set retention_days in bidlens.toml.")
        return
    records(workspace)
    done = remove(workspace, retention_days)
    log.count(runs=len(done.runs), versions=len(done.versions), files=done.files)
    if as_json:
        print_json(done.to_dict())
        return
    out.print(f"{len(done.runs):,} runs, {len(done.versions):,} versions, {done.files:,} files removed")


@commands.command(
    epilog="Example:  printf 13800001234 | bidlens erase phone - --reason 'request 17' -w workspace"
)
def erase(
    kind: Annotated[str, typer.Argument(help="Personal kind, e.g. phone; another one lists them.")],
    value: Annotated[str, typer.Argument(help="The value; - reads it from standard input.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Remove a personal value from the records in all versions, and blank it in runs.

    All kinds of one family go together (a telephone is one, wherever it was given). Backups that were made
    before still hold it, and an export that holds it brings it back.
    """
    from cases.operations.erasure import erase as remove

    given = sys.stdin.read().strip() if value == "-" else value
    records(workspace)
    done = remove(workspace, kind, given, reason)
    n = sum(sum(counts.values()) for counts in done.rows.values())
    log.count(kind=kind, rows=n, facts=done.facts)
    if as_json:
        print_json(done.to_dict())
        return
    out.print(f"{n:,} rows of records removed, {done.facts:,} facts of runs blanked")
    for name, counts in done.rows.items():
        out.print(f"  {name}: " + ", ".join(f"{k} {n:,}" for k, n in counts.items()))
    for where, n in done.remaining.items():
        err.print(f"Still in {where}: {n:,}", highlight=False, markup=False)
    if not done.audited:
        err.print("There is no desk, so no log tells of it.", highlight=False)


@commands.command(
    "watch",
    epilog="Examples:  bidlens watch exports/ --source ocds -w workspace  |  bidlens watch exports/ --once",
)
def watch_(
    folder: Annotated[Path, typer.Argument(help="Folder in which exports arrive.")],
    source: Annotated[str, typer.Option(help="Reader, as for bidlens import.")] = "tables",
    workspace: Workspace = HERE,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file for --source tables.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Place of all tenders for --source ocds.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, then end.")] = False,
    interval: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 5.0,
    model: Annotated[bool, typer.Option(help="Add the anomaly score.")] = True,
    capacity: Annotated[int | None, typer.Option(min=1, help="As for bidlens score.")] = None,
    fdr: Annotated[float | None, typer.Option(min=0, max=0.999, help="As for bidlens score.")] = None,
    audit: Annotated[float, typer.Option(min=0, max=0.5, help="As for bidlens score.")] = 0.05,
) -> None:
    """Import and score each export as it arrives; may be killed at any moment and started again.

    After the first full run only tenders are scored that an export touched, and the alerts that changed are
    told; parties, cases and the cut of the queue wait for the next full run (bidlens score). Settings
    part_size, jobs, engine and master hold for that first run as for bidlens score.
    A file that cannot be read is told, recorded with its reason in watch/ledger.jsonl, and passed over; with
    --once the exit code is then 1, and 75 where something was put off for the next time.
    """
    from cases.operations.watch import Watch, watch
    from detect.commands.judge import score, score_imports
    from records.settings import settings as in_place

    given = {"mapping": mapping, "jurisdiction": jurisdiction}
    options = {name: value for name, value in given.items() if value is not None}

    def judge(batches: Sequence[str]) -> None:
        if not score_imports(workspace, batches, model=model):
            kept = in_place(workspace).model_dump(include={"part_size", "jobs", "engine", "master"})
            score(workspace, model=model, capacity=capacity, fdr=fdr, audit=audit, **kept)

    refused, postponed = 0, 0
    for done in watch(Watch(folder, workspace, source, judge, options), interval, once=once):
        refused, postponed = refused + len(done.refused), len(done.postponed)
        for name in done.imported:
            out.print(f"Imported {name}", highlight=False, markup=False)
        for name, why in {**done.refused, **done.postponed}.items():
            err.print(f"{name}: {why}", highlight=False, markup=False)
    log.count(refused=refused, postponed=postponed)
    if refused or postponed:
        raise typer.Exit(1 if refused else 75)
