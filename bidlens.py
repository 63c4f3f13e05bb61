"""bidlens: find the tenders worth a supervisor's look, and say why.

The one name that outsiders import or call; everything else hangs below it.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

ROOMS = ("records", "features", "models", "detect", "cases")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Find the tenders worth a supervisor's look, and say why. 围标串标线索筛查。",
)
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)

Workspace = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="BIDLENS_WORKSPACE", help="Folder of records and runs.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Lowest = Annotated[Literal["YELLOW", "ORANGE", "RED"], typer.Option("--level", help="Lowest level shown.")]
Lang = Annotated[
    Literal["en", "zh"], typer.Option("--lang", envvar="BIDLENS_LANG", help="Language of the words.")
]
HERE = Path("workspace")
EVER = datetime(1970, 1, 1)

lists = typer.Typer(no_args_is_help=True, help="Values whose sharing has a known, innocent reason.")
app.add_typer(lists, name="lists")


def main() -> None:
    """Run the command; bad input is one clear line and exit code 1, wrong usage exit code 2."""
    refuse_strangers()
    from cases.people_commands import add_to as add_people
    from detect.model_commands import add_to
    from records.source import BadInput

    add_to(app)
    add_people(app)

    try:
        app()
    except BadInput as problem:
        from detect.terminal import say

        for name, told in (
            ("bad input", problem.what),
            ("   where", problem.where),
            ("  remedy", problem.remedy),
        ):
            say(err, f": {told}", bold=name)
        sys.exit(1)


@app.command(epilog="Example:  bidlens demo")
def demo(workspace: Workspace = Path("workspace-demo"), lang: Lang = "en", rows: int = 10) -> None:
    """Import the sample market, score it, and show the top alerts with their reasons."""
    sample = _sample()
    import_(sample, source="tables", workspace=workspace)
    score(workspace=workspace, as_json=False)
    alerts(workspace=workspace, lang=lang, rows=rows)
    out.print(
        f"\nOne alert in full:  [bold]bidlens explain TENDER -w {workspace}[/]\n"
        "The dashboard:      [bold]make app[/]"
        f"   (or: bidlens app -w {workspace})"
    )


@app.command(
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
    from detect.terminal import show_import
    from records.store import Store

    if suggest_mapping:
        from records.sources.tables import suggest_mapping as suggest

        print(suggest(path))
        return
    given = {"mapping": mapping, "jurisdiction": jurisdiction}
    options = {name: value for name, value in given.items() if value is not None}
    with _progress(f"Importing {path.name}", quiet=as_json) as advance:
        report = Store.open_or_create(workspace).import_(source, path, progress=advance, **options)
    _print_json(report.to_dict()) if as_json else show_import(report, out)


@app.command(epilog="Example:  bidlens simulate --tenders 10000 --seed 7 -w /tmp/market")
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
    from detect.terminal import show_import
    from records.simulate import into_store

    with _progress(f"Simulating {tenders:,} tenders", quiet=as_json) as advance:
        report = into_store(workspace, tenders, seed, rings, lookalikes, defects, progress=advance)
    _print_json(report.to_dict()) if as_json else show_import(report, out)


@app.command(epilog="Example:  bidlens score -w workspace --json")
def score(
    workspace: Workspace = HERE,
    model: Annotated[bool, typer.Option(help="Add the anomaly score.")] = True,
    capacity: Annotated[int | None, typer.Option(min=1, help="How many tenders people can look at.")] = None,
    fdr: Annotated[
        float | None, typer.Option(min=0, max=0.999, help="Share of statistical alerts that may be chance.")
    ] = None,
    audit: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of the queue drawn at random from all tenders.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Seed of that draw.")] = 0,
    as_json: Json = False,
) -> None:
    """Judge every tender by every rule and rank what is worth a look.

    Limits of a place and time come from parameters.toml in the workspace.
    """
    from detect.parameters import in_workspace
    from detect.queue import Choice
    from detect.score import save
    from detect.score import score as run_score

    store = _store(workspace)
    with _progress("Scoring", quiet=as_json):
        chosen = _scorer(workspace) if model else {}
        run = run_score(
            store.market(),
            records_version=store.version,
            parameters=in_workspace(workspace),
            choice=Choice(capacity, fdr, audit, seed),
            **chosen,
        )
        folder = save(run, workspace)
    summary = {**run.manifest, "folder": str(folder)}
    if as_json:
        _print_json(summary)
        return
    counts = "  ".join(f"{name} {n:,}" for name, n in run.manifest["n_alerts"].items())
    out.print(
        f"Scored {run.manifest['n_tenders']:,} tenders with {len(run.manifest['rules'])} rules: {counts}"
    )
    if capacity or fdr is not None:
        out.print(", ".join(f"{n:,} {place}" for place, n in run.manifest["queue"]["places"].items()))


@app.command(epilog="Example:  bidlens alerts -w workspace --level ORANGE --rows 50")
def alerts(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    level: Lowest = "YELLOW",
    everything: Annotated[bool, typer.Option("--all", help="Also those that the choice left out.")] = False,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Show the newest run's alerts, worst first, with their reasons."""
    from detect.queue import Place
    from detect.rule import Level, all_rules
    from detect.terminal import show_alerts

    run = _latest(workspace)
    found = run.alerts.filter(run.alerts["level"] >= Level[level])
    if not everything:
        found = found.filter(found["place"] != Place.LEFT_OUT.value)
    if as_json:
        _print_json(json.loads(found.head(rows).write_json()))
        return
    title = f"{min(rows, found.height):,} of {found.height:,} alerts, run {run.run_id}"
    show_alerts(found.head(rows), all_rules(), title, lang, out)
    for place, n in run.manifest["queue"]["places"].items():
        if n and place != Place.QUEUE.value:
            out.print(f"{n:,} {place}")


@app.command(epilog="Examples:  bidlens parties -w workspace  |  bidlens parties 'F1|F2' --lang zh")
def parties(
    party: Annotated[str | None, typer.Argument(help="Party id; without one, the list.")] = None,
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Firms, pairs, groups, buyers and experts whose history over many tenders is worth a look."""
    from detect.explain import explain_parties
    from detect.rule import all_rules
    from detect.terminal import show_parties, show_party
    from records.source import BadInput

    run = _latest(workspace)
    found = run.party_alerts if party is None else run.party_alerts.filter(party_id=party)
    if party is not None and found.is_empty():
        raise BadInput(
            f"The newest run has no alert about {party!r}", str(workspace), "List them: bidlens parties"
        )
    if as_json:
        _print_json(json.loads(found.head(rows).write_json()))
        return
    market = _store(workspace).market(run.manifest["records_version"])
    told = explain_parties(run, market, found.head(rows), lang)
    if party is None:
        title = f"{len(told):,} of {found.height:,} parties, run {run.run_id}"
        show_parties(told, all_rules(), title, lang, out)
    for one in told if party else ():
        show_party(one, lang, out)


@app.command(epilog="Example:  bidlens cases -w workspace")
def cases(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Tenders that one web of strong evidence ties together, to be read as one case."""
    import polars as pl

    from detect.rule import Level
    from detect.terminal import show_table

    found = _latest(workspace).cases.head(rows)
    if as_json:
        _print_json(json.loads(found.write_json()))
        return
    names = {level.value: level.name for level in Level}
    shown = found.select(
        "case_id",
        pl.col("level").replace_strict(names, return_dtype=pl.String),
        pl.col("tender_ids").list.len().alias("tenders"),
        pl.col("subjects").list.join(", ").alias("bidders"),
        pl.col("rule_ids").list.join(", ").alias("rule_id"),
        "first_deadline",
        "last_deadline",
    )
    show_table(shown, "", lang, out)


@app.command(epilog="Example:  bidlens explain 620100-2024-000123 -w workspace --lang zh")
def explain(
    tender: Annotated[str, typer.Argument(help="Tender id.")],
    workspace: Workspace = HERE,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Say why a tender was flagged, on what evidence, and what else it could mean."""
    from dataclasses import asdict

    from detect.explain import explain as explain_tender
    from detect.terminal import show_story
    from records.source import BadInput

    run = _latest(workspace)
    if not run.scores["tender_id"].eq(tender).any():
        raise BadInput(
            f"The newest run has no tender {tender!r}", str(workspace), "List them with: bidlens alerts"
        )
    story = explain_tender(run, _store(workspace).market(run.manifest["records_version"]), tender, lang)
    _print_json({**asdict(story), "bids": story.bids.to_dicts()}) if as_json else show_story(story, lang, out)


@app.command(
    epilog="Examples:  bidlens counterfactual --bidders F1,F2,F3 -w workspace  |  "
    "bidlens counterfactual --group GROUP"
)
def counterfactual(
    group: Annotated[str | None, typer.Option(help="Group of bidders, as bidlens parties names it.")] = None,
    bidders: Annotated[str | None, typer.Option(help="Bidder ids, with commas between.")] = None,
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Replay awards by a mean of bids without some bidders: who would have won, and at what price."""
    from detect.counterfactual import counterfactual as replay
    from detect.counterfactual import members_of
    from detect.terminal import show_counterfactual
    from features.build import Build

    if (group is None) == (bidders is None):
        raise typer.BadParameter("Name either --group or --bidders.")
    build = Build(_store(workspace).market())
    named = members_of(build, group) if group else [b.strip() for b in (bidders or "").split(",")]
    with _progress("Replaying", quiet=as_json):
        found = replay(build, named)
    _print_json(found.to_dict()) if as_json else show_counterfactual(found, rows, lang, out)


@app.command(epilog="Example:  bidlens coverage -w workspace")
def coverage(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Which rules, features and models the records can support, and what holds the others back."""
    from detect.coverage import coverage as rule_coverage
    from detect.terminal import show_coverage, show_known
    from features.build import Build
    from features.coverage import feature_coverage
    from models.coverage import model_coverage
    from models.frame import model_frame

    run = _latest(workspace)
    rules = rule_coverage(run, lang).to_dicts()
    with _progress("Looking at features and models", quiet=as_json):
        market = _store(workspace).market(run.manifest["records_version"])
        build = Build(market)
        features = feature_coverage(build)
        models = model_coverage(model_frame(market, build=build), lang)
    if as_json:
        _print_json({"rules": rules, "features": features.to_dicts(), "models": models.to_dicts()})
        return
    show_coverage(rules, lang, out)
    show_known(features, models, lang, out)


@app.command(epilog="Example:  bidlens rules --lang zh")
def rules(lang: Lang = "en", as_json: Json = False) -> None:
    """List the rule catalogue."""
    from detect.rule import all_rules
    from detect.terminal import show_rules

    listed = [_rule_row(r, r.zh if lang == "zh" else r.en) for r in all_rules().values()]
    _print_json(listed) if as_json else show_rules(listed, lang, out)


@app.command(epilog="Examples:  bidlens tune  |  bidlens tune Q02 max_spread 0.01 0.03 0.05")
def tune(
    rule: Annotated[str | None, typer.Argument(help="Rule id; without one, how rules overlap.")] = None,
    limit: Annotated[str | None, typer.Argument(help="Limit of the rule; by default each in turn.")] = None,
    values: Annotated[list[float] | None, typer.Argument(help="Values to try.")] = None,
    workspace: Workspace = HERE,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """See how many tenders each value of a limit would flag, and which rules say the same."""
    from detect.rule import all_rules
    from detect.terminal import show_table
    from detect.tune import alone, overlap, sweep
    from records.source import BadInput

    known = all_rules()
    if rule is not None and rule not in known:
        raise BadInput(f"There is no rule {rule!r}", "bidlens tune", f"Known rules: {', '.join(known)}.")
    if rule is None:
        run = _latest(workspace)
        tables = {"alone": alone(run), "overlap": overlap(run)}
    else:
        market, chosen = _store(workspace).market(), known[rule]
        tried = [_like(v, chosen.limits.get(limit or "")) for v in values or ()]
        limits = [limit] if limit else list(chosen.limits)
        with _progress(f"Trying {rule}", quiet=as_json):
            tables = {name: sweep(market, chosen, name, tried) for name in limits}
    if as_json:
        _print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    for name, table in tables.items():
        show_table(table, name, lang, out)


@app.command(
    epilog="Examples:  bidlens benchmark --data labelled/  |  bidlens benchmark --protocol temporal --json"
)
def benchmark(
    data: Annotated[
        Path, typer.Option(envvar="BIDLENS_DATA", help="Folder of labelled markets: workspaces or files.")
    ] = Path("data"),
    protocol: Annotated[
        list[str] | None, typer.Option(help="Protocol, may be repeated; an unknown one lists them.")
    ] = None,
    markets: Annotated[
        str, typer.Option(help="Markets to judge, parts of names with commas; all are learned from.")
    ] = "",
    method: Annotated[
        list[str] | None, typer.Option(help="Part of a method's name, may be repeated.")
    ] = None,
    slow: Annotated[bool, typer.Option(help="Also the slow estimators.")] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Bootstrap resamples of an interval.")] = 100,
    controls: Annotated[bool, typer.Option(help="Negative controls; a failed one is exit code 1.")] = True,
    jobs: Annotated[int, typer.Option(min=1)] = 2,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    plot: Annotated[Path | None, typer.Option(help="Write the chart to this HTML file.")] = None,
    as_json: Json = False,
) -> None:
    """Judge models and baselines on markets, firms and times that they have not seen; docs/benchmark.md."""
    from models.benchmark.command import benchmark as judge
    from models.benchmark.report import failed
    from models.benchmark.report import plot as draw
    from models.benchmark.terminal import show

    with _progress("Judging", quiet=as_json):
        found = judge(
            data, protocol or (), [n for n in markets.split(",") if n], method or (),
            slow=slow, resamples=resamples, with_controls=controls, jobs=jobs, seed=seed,
        )  # fmt: skip
    if plot:
        draw(found.results, plot)
    _print_json(found.document) if as_json else show(found.results, found.controls, out)
    if not failed(found.controls).is_empty():
        err.print("A negative control is not at chance: see `at_chance`.", highlight=False)
        sys.exit(1)


@app.command(
    "ocds-indicators",
    epilog="Example:  bidlens ocds-indicators releases.jsonl --settings settings.ini > out.json",
)
def ocds_indicators(
    file: Annotated[
        Path, typer.Argument(help="Compiled releases, one JSON object to a line; - is standard input.")
    ],
    settings: Annotated[
        Path | None, typer.Option("--settings", "-s", help="Which indicators to compute, and how.")
    ] = None,
    count: Annotated[
        bool, typer.Option("--count", "-c", help="Tell the number of results per group on standard error.")
    ] = False,
    meta: Annotated[bool, typer.Option("--meta/--no-meta", help="Include the quartiles and fences.")] = True,
    maps: Annotated[bool, typer.Option("--map", help="Include the organizations of each process.")] = False,
) -> None:
    """Compute eleven published OCDS indicators as OCDS Cardinal 0.0.8 does; see docs/cardinal.md."""
    from detect.cardinal.run import run
    from detect.cardinal.settings import Settings, read
    from records.source import BadInput

    try:
        result = run(file, read(settings) if settings else Settings(), maps=maps)
    except BadInput as problem:
        raise typer.BadParameter(str(problem)) from problem
    for warning in result.warnings:
        err.print(f"WARN  {warning}", highlight=False, markup=False, soft_wrap=True)
    sys.stdout.buffer.write(result.json(meta=meta, maps=maps) + b"\n")
    for group, found in result.groups.items() if count else ():
        err.print(f"{group}: {len(found)}", highlight=False)


@app.command("app", epilog="Example:  bidlens app -w workspace --port 8501")
def app_(workspace: Workspace = HERE, port: Annotated[int, typer.Option(min=1, max=65535)] = 8501) -> None:
    """Open the dashboard on this machine (127.0.0.1 only)."""
    command = [
        sys.executable, "-m", "streamlit", "run", str(_shipped("app.py")), "--server.address=127.0.0.1",
        f"--server.port={port}", "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    sys.exit(subprocess.call(command, env={**os.environ, "BIDLENS_WORKSPACE": str(workspace.resolve())}))


@lists.command("show", epilog="Example:  bidlens lists show -w workspace")
def lists_show(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Every entry with its owner, reason and end, those that end first on top."""
    from detect.terminal import show_table
    from records.lists import entries

    found = entries(_store(workspace))
    _print_json(found.to_dicts()) if as_json else show_table(found, "", lang, out)


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
    from detect.terminal import show_import
    from records.lists import Entry, add

    entry = Entry(listing, kind, value, owner, reason, since.date(), until.date())
    report = add(_store(workspace), entry)
    _print_json(report.to_dict()) if as_json else show_import(report, out)


def _scorer(workspace: Path) -> dict[str, Any]:
    """The champion, or before the first training a new model that is fitted as it scores."""
    from models.registry import DEFAULT, load_champion
    from models.scorer import make

    champion = load_champion(workspace)
    return {"scorer": make(DEFAULT), "fit": True} if champion is None else {"scorer": champion}


def _store(workspace: Path) -> Any:
    from records.source import BadInput
    from records.store import Store

    if not (workspace / "records").exists():
        raise BadInput(
            "There are no records", str(workspace), "Import some first: bidlens import FILE --source ocds"
        )
    return Store(workspace)


def _latest(workspace: Path) -> Any:
    from detect.score import latest
    from records.source import BadInput

    run = latest(workspace)
    if run is None:
        raise BadInput("Nothing has been scored yet", str(workspace), "Run: bidlens score")
    return run


@contextmanager
def _progress(label: str, *, quiet: bool = False) -> Iterator[Any]:
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


def _rule_row(r: Any, words: Any) -> dict[str, Any]:
    row = {"id": r.id, "level": r.level.name, "title": words.title, "statement": r.statement}
    return {**row, "grain": r.grain, "point": r.point, "law": r.law, "limits": r.limits, "version": r.version}


def _like(value: float, default: Any) -> Any:
    """A number from the command line as the limit's own type."""
    return type(default)(value) if isinstance(default, bool | int) else value


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def _sample() -> Path:
    return _shipped("data/sample")


def _shipped(name: str) -> Path:
    """What ships beside the packages: in a checkout it lies here, in an installation below `share`."""
    from records.source import BadInput

    here = Path(__file__).parent
    root = here if (here / "app_pages").is_dir() else Path(sysconfig.get_path("data")) / "share" / "bidlens"
    if not (root / name).exists():
        raise BadInput(
            f"This installation lacks {name}", str(root), "Install bidlens again, with pipx or uv."
        )
    return root / name


def refuse_strangers() -> None:
    """Stop when another distribution owns one of our top-level package names.

    It hides our package where it comes first on the path, and mixes with it where both were installed
    into one folder.
    """
    owners, here = packages_distributions(), Path(__file__).parent
    for room in ROOMS:
        strangers = sorted(set(owners.get(room, ())) - {"bidlens"})
        found = find_spec(room)
        hidden = found is None or Path(str(found.origin)).parent != here / room
        if strangers and (hidden or any(_wrote_into(here / room, s) for s in strangers)):
            _stop(
                f"Package {room!r} is also shipped by {strangers}. Install bidlens in an environment "
                "of its own (pipx, uv tool, a container)."
            )


def _wrote_into(folder: Path, owner: str) -> bool:
    return any(Path(str(f.locate())).is_relative_to(folder) for f in distribution(owner).files or ())


def _stop(message: str) -> NoReturn:
    err.print(message, highlight=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
