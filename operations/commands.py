"""Commands for those who run an installation."""

from pathlib import Path
from typing import Annotated, Any

import typer

from detect.commands.options import HERE, Json, Lang, Workspace, out, print_json

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
