"""Commands that judge: score, tune, counterfactual, ocds-indicators."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from detect.commands.options import (
    HERE,
    Json,
    Lang,
    Workspace,
    err,
    newest,
    out,
    print_json,
    progress,
    records,
    steps,
)
from records import log

commands = typer.Typer()
TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
RunPoint = Literal["upload", "opening", "award"]
"""Values of `detect.points.RunPoint`, which would load all rules for a help text."""

afterwards: dict[str, Callable[[Path, Any, Any], Mapping[str, Any]]] = {}
"""What rooms further on do with each run, by name: they get workspace, run and market, and give counts.

`bidlens.py` fills it, since no room imports one to its right.
"""


@commands.command(epilog="Example:  bidlens score -w workspace --json")
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
    tender: Annotated[
        list[str] | None, typer.Option(help="Score this tender alone; may be repeated.")
    ] = None,
    closed_since: Annotated[
        datetime | None,
        typer.Option(formats=TIMES, help="Score the tenders whose deadline passed since then, in UTC."),
    ] = None,
    point: Annotated[
        RunPoint | None, typer.Option(help="With --tender or --closed-since: what is public by now.")
    ] = None,
    part_size: Annotated[
        int | None, typer.Option(min=1, help="Work in parts of about so many tenders.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that do parts at the same time.")] = 1,
    engine: Annotated[Literal["local", "spark"], typer.Option(help="Who does the parts.")] = "local",
    master: Annotated[
        str | None, typer.Option(help="With --engine spark: the cluster, e.g. spark://host:7077.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge every tender by every rule, rank what is worth a look, and lay it on the desk.

    Limits of a place and time come from parameters.toml in the workspace. With --part-size, --jobs or
    --engine spark, and of more than 100,000 tenders in any case, the work is done in parts, with equal
    results; if it is killed, the same command goes on where it stopped. With --tender or --closed-since
    only what these tenders need is read, and the newest full run is extended: their alerts are those of a
    full run. Alerts about parties, links between cases and the cut of the queue are left to full runs.
    """
    from detect.kept import save
    from detect.queue import Choice

    if tender or closed_since:
        _score_some(workspace, tender or [], closed_since, point or "award", model=model, as_json=as_json)
        return
    if point:
        raise typer.BadParameter("Name the tenders: --tender ID or --closed-since TIME.")
    store = records(workspace)
    version, choice = store.version, Choice(capacity, fdr, audit, seed)
    chosen = {**(scorers(workspace) if model else {}), "choice": choice}
    in_parts = part_size is not None or jobs > 1 or engine == "spark" or _many(store, version)
    if in_parts:
        run = _score_parts(workspace, version, part_size, _engine(engine, master, jobs), chosen, as_json)
    with progress("Scoring", quiet=as_json):
        run = run if in_parts else _score_whole(workspace, version, chosen)
        folder = save(run, workspace)
        done = {name: act(workspace, run, store.market(version)) for name, act in afterwards.items()}
    if in_parts:
        _forget_parts(workspace)
    log.count(**run.figures())
    _tell(run, folder, done, as_json=as_json, cut=bool(capacity or fdr is not None))


def _many(store: Any, version: int) -> bool:
    from detect.parts.run import WHOLE

    return int(store.market(version).tenders.select("tender_id").collect().height) > WHOLE


def _score_whole(workspace: Path, version: int, chosen: Mapping[str, Any]) -> Any:
    from detect.parameters import in_workspace
    from detect.score import score as run_score

    market = records(workspace).market(version)
    return run_score(market, records_version=version, parameters=in_workspace(workspace), **chosen)


def _score_parts(
    workspace: Path, version: int, size: int | None, engine: Any, chosen: Mapping[str, Any], quiet: bool
) -> Any:
    from detect.parts.run import SIZE, score_in_parts

    with steps("Scoring in parts", quiet=quiet) as told:
        return score_in_parts(
            workspace, version=version, size=size or SIZE, engine=engine, told=told, **chosen
        )


def _forget_parts(workspace: Path) -> None:
    from detect.parts.run import finished

    finished(workspace)


def _engine(name: str, master: str | None, jobs: int) -> Any:
    if name == "local":
        from detect.parts.local import Local

        return Local(jobs)
    if master is None:
        raise typer.BadParameter("Name the cluster: --master spark://host:7077, or local[2] to try.")
    from detect.parts.spark import Spark

    return Spark(master)


def _score_some(
    workspace: Path, tenders: list[str], since: datetime | None, point: str, *, model: bool, as_json: bool
) -> None:
    from detect.extend import asked_for, extend

    with progress("Scoring", quiet=as_json):
        store = records(workspace)
        asked = asked_for(store, tenders, since and since.replace(tzinfo=UTC))
        if not asked:
            print_json({"n_tenders": 0}) if as_json else out.print("No tender closed since then.")
            return
        extended = extend(workspace, store, asked, point=point, model=model, after=afterwards)
    log.count(**extended.run.figures())
    _tell(extended.run, extended.folder, extended.done, as_json=as_json)
    for said in () if as_json else extended.changes.told():
        out.print(said, highlight=False, markup=False)


def score_imports(workspace: Path, batches: Sequence[str], *, model: bool) -> bool:
    """Score the tenders that some imports touched; False where that takes a full run."""
    from detect.extend import extend, servable
    from detect.touched import touched_by

    store = records(workspace)
    touched = touched_by(store, batches) if servable(workspace, model=model) else None
    if touched is None:
        return False
    if touched.tenders:
        with progress("Scoring"):
            extended = extend(
                workspace, store, touched.tenders,
                model=model, after=afterwards, why=touched.why, own=touched.own,
            )  # fmt: skip
        log.count(**extended.run.figures())
        _tell(extended.run, extended.folder, extended.done, as_json=False)
        for said in extended.changes.told():
            out.print(said, highlight=False, markup=False)
    return True


def _tell(
    run: Any, folder: Path, done: Mapping[str, Mapping[str, Any]], *, as_json: bool, cut: bool = False
) -> None:
    if as_json:
        print_json({**run.manifest, "folder": str(folder), **done})
        return
    counts = "  ".join(f"{name} {n:,}" for name, n in run.manifest["n_alerts"].items())
    out.print(
        f"Scored {run.manifest['n_tenders']:,} tenders with {len(run.manifest['rules'])} rules: {counts}"
    )
    if scope := run.manifest.get("scope"):
        model = (run.manifest["model"] or {}).get("fitted")
        out.print(
            f"As of {scope['point']}, added to run {scope['base_run']}; model fitted {model or 'never'}"
        )
    if cut:
        out.print(", ".join(f"{n:,} {place}" for place, n in run.manifest["queue"]["places"].items()))
    for name, counts_there in done.items():
        told = (f"{n:,} {what}" for what, n in counts_there.items() if isinstance(n, int) and n)
        out.print(f"{name.capitalize()}: {', '.join(told) or 'nothing new'}")


@commands.command(epilog="Examples:  bidlens tune  |  bidlens tune Q02 max_spread 0.01 0.03 0.05")
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
    from detect.terminal.plain import show_table
    from detect.tune import alone, overlap, sweep
    from records.source import BadInput

    known = all_rules()
    if rule is not None and rule not in known:
        raise BadInput(f"There is no rule {rule!r}", "bidlens tune", f"Known rules: {', '.join(known)}.")
    if rule is None:
        run = newest(workspace)
        tables = {"alone": alone(run), "overlap": overlap(run)}
    else:
        market, chosen = records(workspace).market(), known[rule]
        tried = [_like(v, chosen.limits.get(limit or "")) for v in values or ()]
        limits = [limit] if limit else list(chosen.limits)
        with progress(f"Trying {rule}", quiet=as_json):
            tables = {name: sweep(market, chosen, name, tried) for name in limits}
    if as_json:
        print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    for name, table in tables.items():
        show_table(table, name, lang, out)


@commands.command(
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
    from detect.terminal.reports import show_counterfactual
    from features.build import Build

    if (group is None) == (bidders is None):
        raise typer.BadParameter("Name either --group or --bidders.")
    build = Build(records(workspace).market())
    named = members_of(build, group) if group else [b.strip() for b in (bidders or "").split(",")]
    with progress("Replaying", quiet=as_json):
        found = replay(build, named)
    print_json(found.to_dict()) if as_json else show_counterfactual(found, rows, lang, out)


@commands.command(
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


def scorers(workspace: Path) -> dict[str, Any]:
    """The champions; before the first training a new model of tenders that is fitted as it scores.

    Models of groups need no training: what is usual among groups is learned from the market itself.
    """
    from features.catalogue import Grain
    from models.champion import load_champion
    from models.registry import DEFAULT
    from models.scorer import make, unsupervised

    champion = load_champion(workspace)
    others = [load_champion(workspace, grain=grain) for grain in (Grain.BID, Grain.BIDDER)]
    known = [s for s in others if s is not None] + [make(name) for name in unsupervised(Grain.GROUP)]
    of_tenders = {"scorer": make(DEFAULT), "fit": True} if champion is None else {"scorer": champion}
    return {**of_tenders, "others": known}


def _like(value: float, default: Any) -> Any:
    """A number from the command line as the limit's own type."""
    return type(default)(value) if isinstance(default, bool | int) else value
