"""Commands about models: train, evaluate, promote, rollback, fetch, drift, power, benchmark."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

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
)
from records import log

commands = typer.Typer()

Model = Annotated[str, typer.Option(help="Model, e.g. ecod or tender_boosting; an unknown one lists them.")]


@commands.command(epilog="Examples:  bidlens train -w workspace  |  bidlens train --model bid_boosting")
def train(
    workspace: Workspace = HERE,
    model: Model = "ecod",
    base_rate: Annotated[
        float | None,
        typer.Option(min=0.0001, max=0.9, help="Share of tenders taken to be collusive; else an audit's."),
    ] = None,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Fit a model on all records and labels, judge it on the frozen test, and make it the challenger.

    Once a month is enough. A model is of tenders, bids or firms, and every grain has a champion of its own:
    the first model of a grain at once, later ones wait for `bidlens promote`.
    """
    from detect.terminal.plain import show_table
    from models.registry import evaluate as compared
    from models.registry import train as fit

    name = _trainable(model)
    store = records(workspace)
    frame, trial = _frame(workspace, store.market(), name)
    trained = fit(frame, name, workspace, data_version=store.version, trial=trial, base_rate=base_rate)
    table = None if trial is None else compared(workspace, name, trial)
    log.count(model=name, model_version=trained.version, model_run=trained.run_id)
    if as_json:
        print_json({**trained.to_dict(), "table": None if table is None else table.to_dicts()})
        return
    place = "champion" if trained.champion else "challenger"
    out.print(f"{name} version {trained.version} is the {place}; run {trained.run_id}")
    if table is None:
        out.print("There are too few labels for a frozen test; nothing was compared.")
    else:
        show_table(table, name, lang, out)


@commands.command(epilog="Example:  bidlens evaluate --model tender_boosting")
def evaluate(
    workspace: Workspace = HERE, model: Model = "ecod", lang: Lang = "en", as_json: Json = False
) -> None:
    """Compare the challenger with the champion on the workspace's frozen test."""
    from detect.terminal.plain import show_table
    from models.champion import load_champion
    from models.protocol import Protocol, file_of
    from models.registry import evaluate as compared
    from models.scorer import make

    name = _known(model)
    grain = make(name).grain
    champion = load_champion(workspace, grain=grain)
    names = (name, champion.name if champion else name)
    _, trial = _frame(workspace, records(workspace).market(), *names)
    table = _trained(lambda: compared(workspace, name, trial), workspace)
    told = Protocol.of(file_of(workspace, grain).read_text("utf-8")).told()
    if as_json:
        print_json({"protocol": told, "table": table.to_dicts()})
        return
    show_table(table, ", ".join(f"{k} {v}" for k, v in told.items()), lang, out)


@commands.command(
    epilog="Examples:  bidlens promote  |  bidlens promote --force --reason 'labels were mended'"
)
def promote(
    workspace: Workspace = HERE,
    model: Model = "ecod",
    force: Annotated[bool, typer.Option("--force", help="Even if it is worse; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in models/promotions.jsonl.")] = "",
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Make the challenger the champion; refused when it is worse on the frozen test."""
    from detect.terminal.plain import show_table
    from models.promotion import WorseThanChampionError
    from models.promotion import promote as enthrone

    if force and not reason.strip():
        raise typer.BadParameter("--force needs a --reason, which is kept.")
    name = _known(model)
    try:
        version = _trained(lambda: enthrone(workspace, name, force=reason if force else None), workspace)
    except WorseThanChampionError as refused:
        show_table(refused.table, name, lang, err)
        raise
    told = {"champion": name, "version": version}
    print_json(told) if as_json else out.print(f"{name} version {version} is the champion")


@commands.command(epilog="Examples:  bidlens rollback -w workspace  |  bidlens rollback --model bid_boosting")
def rollback(workspace: Workspace = HERE, model: Model = "ecod", as_json: Json = False) -> None:
    """Give the place back to the champion before the present one, among models of the same grain."""
    from models.promotion import rollback as undo
    from models.scorer import make

    entry = undo(workspace, make(_known(model)).grain)
    if as_json:
        print_json(entry)
    else:
        out.print(f"{entry['name']} version {entry['version']} is the champion again")


@commands.command(
    epilog="Example:  MLFLOW_TRACKING_URI=http://mlflow.example:5000 bidlens fetch --model stack"
)
def fetch(workspace: Workspace = HERE, model: Model = "ecod", as_json: Json = False) -> None:
    """Take over the champion that another workspace promoted on the same tracking server."""
    from models.promotion import fetch as take_over

    name = _known(model)
    told = {"champion": name, "version": take_over(workspace, name)}
    print_json(told) if as_json else out.print(f"{name} version {told['version']} is the champion here")


@commands.command(epilog="Example:  bidlens drift -w workspace --rows 50")
def drift(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """What changed month by month: what models read, how often rules hit, how scores lie."""
    import polars as pl

    from detect.terminal.plain import show_table
    from features.catalogue import Grain
    from models.drift import drift as moved
    from models.drift import hit_columns
    from models.frame import model_frame
    from models.scorer import all_models

    run = newest(workspace)
    frame = model_frame(records(workspace).market(run.manifest["records_version"]))
    frame = frame.join(run.scores.select("tender_id", "score"), on="tender_id", how="left")
    frame = hit_columns(run.hits, frame)
    read = {c for cls in all_models(Grain.TENDER).values() for c in cls.inputs if frame[c].dtype.is_numeric()}
    hits = [c for c in frame.columns if c.startswith("hit ")]
    found = moved(frame, [*sorted(read), "score", *hits])
    if as_json:
        print_json(json.loads(found.write_json()))
        return
    title = (
        f"{found['moved'].sum():,} of {found.height:,} months of {found['column'].n_unique():,} columns moved"
    )
    shown = found.head(rows).with_columns(pl.col("month").dt.strftime("%Y-%m"))
    show_table(shown.select(pl.exclude("p_value")), title, lang, out)


@commands.command(epilog="Example:  bidlens power --firms 3 --firms 5 --tenders 10 --tenders 40")
def power(
    workspace: Workspace = HERE,
    firms: Annotated[list[int] | None, typer.Option(min=2, help="Firms of a ring.")] = None,
    tenders: Annotated[list[int] | None, typer.Option(min=2, help="Tenders of a ring.")] = None,
    share: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Share of tenders looked at.")] = 0.01,
    rounds: Annotated[int, typer.Option(min=1, help="How often the market is planted and scored.")] = 3,
    seed: int = 0,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """How large a ring must be, over how many tenders, to be found here by prices and company alone.

    The champion judges, or the default model before there is one; where it reads hits, rules are judged in
    every round as well. A planted ring leaves no traces, so rules about identifiers stay silent.
    """
    from detect.terminal.plain import show_table
    from models.champion import load_champion
    from models.frame import model_frame
    from models.power import Plan, judged_by, statement
    from models.power import power as planted
    from models.registry import DEFAULT
    from models.scorer import make
    from records.source import BadInput

    market = records(workspace).market()
    champion = load_champion(workspace)
    usual = champion is None or not champion.labelled
    name = DEFAULT if champion is None else champion.name
    heard = champion is not None and champion.reads_hits

    def frame(planted: Any) -> Any:
        rows = model_frame(planted)
        return _with_hits(workspace, planted, rows) if heard else rows

    plan = Plan(firms or (3, 5), tenders or (5, 10, 20, 40), share, rounds=rounds, seed=seed)
    judge = judged_by(lambda: make(name) if usual else champion, frame, fit=usual)  # type: ignore[arg-type, return-value]
    try:
        table = planted(market, judge, plan)
    except ValueError as small:
        raise BadInput(str(small), str(workspace), "Import more, or ask for smaller rings.") from small
    n = market.tenders.select("tender_id").collect().height
    if as_json:
        print_json({"model": name, "statement": statement(table, plan, n, lang), "table": table.to_dicts()})
        return
    show_table(table, name, lang, out)
    out.print(statement(table, plan, n, lang), highlight=False)


def _known(model: str) -> str:
    from models.scorer import all_models

    if model not in all_models():
        raise typer.BadParameter(f"There is no model {model!r}; there are {sorted(all_models())}.")
    return model


def _trainable(model: str) -> str:
    from features.catalogue import Grain
    from models.scorer import make

    if make(_known(model)).grain == Grain.GROUP:
        raise typer.BadParameter(
            f"Model {model} learns from the market that it scores: there is nothing to train."
        )
    return model


def _frame(workspace: Path, market: Any, *names: str) -> tuple[Any, Any]:
    """All rows of the models' grain with labels, weighed by how they came under review, and the trial.

    The models named are of one grain. Rules are judged only where one of them reads their hits.
    """
    from detect.kept import selections
    from models.frame import model_frame
    from models.protocol import frozen
    from models.scorer import all_models

    selection, grain = selections(workspace), all_models()[names[0]].grain
    frame = model_frame(market, grain, selection=selection)
    if any(all_models()[name].reads_hits for name in names):
        frame = _with_hits(workspace, market, frame)
    return frame, frozen(workspace, market, frame, selection, grain)


def _with_hits(workspace: Path, market: Any, tenders: Any) -> Any:
    """Tenders with a column per rule about tenders, bids and ties, as the workspace's limits judge them."""
    from detect.parameters import in_workspace, tuned
    from detect.parties import PARTY_GRAINS
    from detect.rule import all_rules
    from detect.run import judge
    from detect.score import hits_of

    known = tuned(list(all_rules().values()), in_workspace(workspace))
    rules = {r.id: r for r in known if r.grain not in PARTY_GRAINS}
    return hits_of(judge(market, list(rules.values())).hits, tenders, rules)


def _trained(act: Any, workspace: Path) -> Any:
    from records.source import BadInput

    try:
        return act()
    except BadInput:
        raise
    except ValueError as untrained:
        raise BadInput(str(untrained), str(workspace), "Run: bidlens train") from untrained


@commands.command(
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

    with progress("Judging", quiet=as_json):
        found = judge(
            data, protocol or (), [n for n in markets.split(",") if n], method or (),
            slow=slow, resamples=resamples, with_controls=controls, jobs=jobs, seed=seed,
        )  # fmt: skip
    if plot:
        draw(found.results, plot)
    print_json(found.document) if as_json else show(found.results, found.controls, out)
    if not failed(found.controls).is_empty():
        err.print("A negative control is not at chance: see `at_chance`.", highlight=False)
        sys.exit(1)
