"""Commands for those who run an installation."""

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
