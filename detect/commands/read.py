"""Commands that show what a run found, and why."""

import json
from typing import Annotated, Any, Literal

import typer

from detect.commands.options import HERE, Json, Lang, Workspace, newest, out, print_json, progress, records

commands = typer.Typer()

Lowest = Annotated[Literal["YELLOW", "ORANGE", "RED"], typer.Option("--level", help="Lowest level shown.")]


@commands.command(epilog="Example:  bidlens alerts -w workspace --level ORANGE --rows 50")
def alerts(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    level: Lowest = "YELLOW",
    everything: Annotated[bool, typer.Option("--all", help="Also those that the choice left out.")] = False,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Show the alerts of the newest full run and of those added to it, worst first, with their reasons."""
    from detect.kept import alerts_by_now, runs_since
    from detect.queue import Place
    from detect.rule import Level, all_rules
    from detect.terminal.lists import show_alerts

    run = newest(workspace)
    folder = workspace / "runs" / run.run_id
    found = alerts_by_now(folder)
    found = found.filter(found["level"] >= Level[level])
    if not everything:
        found = found.filter(found["place"] != Place.LEFT_OUT.value)
    if as_json:
        print_json(json.loads(found.head(rows).write_json()))
        return
    added = len(runs_since(folder)) - 1
    since = f" and {added:,} added to it" if added else ""
    title = f"{min(rows, found.height):,} of {found.height:,} alerts, run {run.run_id}{since}"
    show_alerts(found.head(rows), all_rules(), title, lang, out)
    for place, n in run.manifest["queue"]["places"].items():
        if n and place != Place.QUEUE.value:
            out.print(f"{n:,} {place}")


@commands.command(epilog="Examples:  bidlens parties -w workspace  |  bidlens parties 'F1|F2' --lang zh")
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
    from detect.terminal.lists import show_parties
    from detect.terminal.stories import show_party
    from records.source import BadInput

    run = newest(workspace)
    found = run.party_alerts if party is None else run.party_alerts.filter(party_id=party)
    if party is not None and found.is_empty():
        raise BadInput(
            f"The newest run has no alert about {party!r}", str(workspace), "List them: bidlens parties"
        )
    if as_json:
        print_json(json.loads(found.head(rows).write_json()))
        return
    market = records(workspace).market(run.manifest["records_version"])
    told = explain_parties(run, market, found.head(rows), lang)
    if party is None:
        title = f"{len(told):,} of {found.height:,} parties, run {run.run_id}"
        show_parties(told, all_rules(), title, lang, out)
    for one in told if party else ():
        show_party(one, lang, out)


@commands.command(epilog="Example:  bidlens cases -w workspace")
def cases(
    workspace: Workspace = HERE,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1)] = 20,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Tenders that one web of strong evidence ties together, to be read as one case."""
    import polars as pl

    from detect.rule import Level
    from detect.terminal.plain import show_table

    found = newest(workspace).cases.head(rows)
    if as_json:
        print_json(json.loads(found.write_json()))
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


@commands.command(epilog="Example:  bidlens explain 620100-2024-000123 -w workspace --lang zh")
def explain(
    tender: Annotated[str, typer.Argument(help="Tender id.")],
    workspace: Workspace = HERE,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Say why a tender was flagged, on what evidence, and what else it could mean."""
    from dataclasses import asdict

    from detect.explain import explain as explain_tender
    from detect.terminal.stories import show_story
    from records.source import BadInput

    run = newest(workspace, tender)
    if run.scores.is_empty():
        raise BadInput(
            f"The newest run has no tender {tender!r}", str(workspace), "List them with: bidlens alerts"
        )
    story = explain_tender(run, records(workspace).market(run.manifest["records_version"]), tender, lang)
    print_json({**asdict(story), "bids": story.bids.to_dicts()}) if as_json else show_story(story, lang, out)


@commands.command(epilog="Example:  bidlens coverage -w workspace")
def coverage(workspace: Workspace = HERE, lang: Lang = "en", as_json: Json = False) -> None:
    """Which rules, features and models the records can support, and what holds the others back."""
    from detect.coverage import coverage as rule_coverage
    from detect.terminal.reports import show_coverage, show_known
    from features.build import Build
    from features.coverage import feature_coverage
    from models.coverage import model_coverage
    from models.frame import model_frame

    run = newest(workspace)
    rules = rule_coverage(run, lang).to_dicts()
    with progress("Looking at features and models", quiet=as_json):
        market = records(workspace).market(run.manifest["records_version"])
        build = Build(market)
        features = feature_coverage(build)
        models = model_coverage(model_frame(market, build=build), lang)
    if as_json:
        print_json({"rules": rules, "features": features.to_dicts(), "models": models.to_dicts()})
        return
    show_coverage(rules, lang, out)
    show_known(features, models, lang, out)


@commands.command(epilog="Example:  bidlens rules --lang zh")
def rules(lang: Lang = "en", as_json: Json = False) -> None:
    """List the rule catalogue."""
    from detect.rule import all_rules
    from detect.terminal.lists import show_rules

    listed = [_rule_row(r, r.zh if lang == "zh" else r.en) for r in all_rules().values()]
    print_json(listed) if as_json else show_rules(listed, lang, out)


def _rule_row(r: Any, words: Any) -> dict[str, Any]:
    row = {"id": r.id, "level": r.level.name, "title": words.title, "statement": r.statement}
    return {**row, "grain": r.grain, "point": r.point, "law": r.law, "limits": r.limits, "version": r.version}
