"""Commands to begin with: demo and app."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Annotated

import typer

from detect.commands.bring import import_
from detect.commands.judge import score
from detect.commands.options import HERE, Lang, Workspace, out
from detect.commands.read import alerts

commands = typer.Typer()


@commands.command(epilog="Example:  bidlens demo")
def demo(workspace: Workspace = Path("workspace-demo"), lang: Lang = "en", rows: int = 10) -> None:
    """Import the sample market, score it, and show the top alerts with their reasons."""
    import_(_shipped("data/sample"), source="tables", workspace=workspace)
    score(workspace=workspace, as_json=False)
    alerts(workspace=workspace, lang=lang, rows=rows)
    out.print(
        f"\nOne alert in full:  [bold]bidlens explain TENDER -w {workspace}[/]\n"
        "The dashboard:      [bold]make app[/]"
        f"   (or: bidlens app -w {workspace})"
    )


@commands.command("app", epilog="Example:  bidlens app -w workspace --port 8501")
def app_(workspace: Workspace = HERE, port: Annotated[int, typer.Option(min=1, max=65535)] = 8501) -> None:
    """Open the dashboard on this machine (127.0.0.1 only)."""
    command = [
        sys.executable, "-m", "streamlit", "run", str(_shipped("app.py")), "--server.address=127.0.0.1",
        f"--server.port={port}", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none",
    ]  # fmt: skip
    sys.exit(subprocess.call(command, env={**os.environ, "BIDLENS_WORKSPACE": str(workspace.resolve())}))


def _shipped(name: str) -> Path:
    """What ships beside the packages: in a checkout it lies here, in an installation below `share`."""
    from records.source import BadInput

    here = Path(__file__).parents[2]
    root = here if (here / "app_pages").is_dir() else Path(sysconfig.get_path("data")) / "share" / "bidlens"
    if not (root / name).exists():
        raise BadInput(
            f"This installation lacks {name}", str(root), "Install bidlens again, with pipx or uv."
        )
    return root / name
