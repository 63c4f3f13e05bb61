"""Commands that bring records in."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from detect.commands.options import HERE, Json, Lang, Workspace, out, print_json, progress, records
from records import log

commands = typer.Typer()
lists = typer.Typer(no_args_is_help=True, help="Values whose sharing has a known, innocent reason.")
commands.add_typer(lists, name="lists")
EVER = datetime(1970, 1, 1)


@commands.command(
    "import",
    epilog="Examples:  bidlens import releases.jsonl.gz --source ocds  |  "
    "bidlens import exports/ --source tables --suggest-mapping > mapping.toml",
)
def import_(
    path: Annotated[Path, typer.Argument(help="File or folder to read.")],
    source: Annotated[
        str, typer.Option(help="Reader, e.g. ocds, tables or garcia2022; an unknown one lists them.")
    ] = "tables",
    workspace: Workspace = HERE,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file for --source tables.")] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Place of all tenders for --source ocds, e.g. DO or CN-62.")
    ] = None,
    suggest_mapping: Annotated[
        bool, typer.Option("--suggest-mapping", help="Print a first draft of the mapping and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring records in; rows that break the contract go to quarantine with their reasons."""
    from detect.terminal.reports import show_import
    from records.store import Store

    if suggest_mapping:
        from records.sources.tables import suggest_mapping as suggest

        print(suggest(path))
        return
    given = {"mapping": mapping, "jurisdiction": jurisdiction}
    options = {name: value for name, value in given.items() if value is not None}
    with progress(f"Importing {path.name}", quiet=as_json) as advance:
        report = Store.open_or_create(workspace).import_(source, path, progress=advance, **options)
    log.count(**report.counts())
    print_json(report.to_dict()) if as_json else show_import(report, out)


@commands.command(epilog="Example:  bidlens simulate --tenders 10000 --seed 7 -w /tmp/market")
def simulate(
    tenders: Annotated[int, typer.Option(min=100, max=4_000_000, help="How many tenders.")] = 600,
    seed: int = 1,
    rings: Annotated[bool, typer.Option(help="Plant rings.")] = True,
    lookalikes: Annotated[bool, typer.Option(help="Plant innocent look-alikes.")] = True,
    defects: Annotated[float, typer.Option(min=0, max=0.5, help="Share of rows with a data defect.")] = 0.0,
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Make a market with known rings; the truth is written beside the records, never read by scoring."""
    from detect.terminal.reports import show_import
    from records.simulate import into_store

    with progress(f"Simulating {tenders:,} tenders", quiet=as_json) as advance:
        report = into_store(workspace, tenders, seed, rings, lookalikes, defects, progress=advance)
    log.count(**report.counts())
    print_json(report.to_dict()) if as_json else show_import(report, out)


@lists.command("show", epilog="Example:  bidlens lists show -w workspace")
def lists_show(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Every entry with its owner, reason and end, those that end first on top."""
    from detect.terminal.plain import show_table
    from records.lists import entries

    found = entries(records(workspace))
    print_json(found.to_dicts()) if as_json else show_table(found, "", lang, out)


@lists.command(
    "add",
    epilog="Example:  bidlens lists add shared_network upload_ip 1.2.3.4 --owner centre "
    "--reason 'campus exit' --until 2027-01-01",
)
def lists_add(
    listing: Annotated[str, typer.Argument(help="List, e.g. shared_network, centre_device, sentinel.")],
    kind: Annotated[str, typer.Argument(help="Kind of value, e.g. upload_ip; an unknown one lists them.")],
    value: Annotated[str, typer.Argument(help="The value; personal ones are kept as a keyed hash.")],
    owner: Annotated[str, typer.Option(help="Who answers for the entry.")],
    reason: Annotated[str, typer.Option(help="Why sharing it is innocent.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it no longer holds.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it holds.")] = EVER,
    workspace: Workspace = HERE,
    as_json: Json = False,
) -> None:
    """Put a value on a list; the same again with an earlier end takes it off."""
    from detect.terminal.reports import show_import
    from records.lists import Entry, add

    entry = Entry(listing, kind, value, owner, reason, since.date(), until.date())
    report = add(records(workspace), entry)
    print_json(report.to_dict()) if as_json else show_import(report, out)
