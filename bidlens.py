"""bidlens: find the tenders worth a supervisor's look, and say why.

The one name that outsiders import or call; everything else hangs below it.
"""

import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from typer.main import get_command

ROOMS = ("records", "features", "models", "detect", "cases")

COMMANDS = (
    "detect.commands.start",
    "detect.commands.bring",
    "detect.commands.judge",
    "detect.commands.read",
    "detect.commands.model",
    "cases.commands.people",
    "cases.commands.desk",
    "cases.commands.audit",
    "cases.operations.commands",
    "cases.commands.package",
)
"""Modules whose `commands` make up the command line, in the order of `bidlens --help`."""


def main() -> None:
    """Run the command; its exit code is 0, 1 for bad input, 2 for wrong usage, 75 for "try again later"."""
    refuse_strangers()
    from records import log
    from records.settings import settings
    from records.source import BadInput

    # What was begun is tidied up and told of, as after any other end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        log.configure(settings(None).log)
        logged(get_command(gathered()))()
    except BadInput as problem:
        if log.form() != "json":
            _tell(problem)
        sys.exit(problem.exit_code)
    except SystemExit as end:
        if end.code and not log.begun():
            log.note("refused", exit_code=end.code)
        raise


def logged(group: Any, path: str = "") -> Any:
    """The same group of commands; each of them tells the log of its beginning and its end."""
    for name, made in group.commands.items():
        if hasattr(made, "commands"):
            logged(made, f"{path}{name} ")
        else:
            made.callback = _logged(f"{path}{name}", made.callback)
    return group


def _logged(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    from records.log import call

    @wraps(act)
    def told(*words: Any, **options: Any) -> Any:
        with call(name):
            return act(*words, **options)

    return told


def _tell(problem: Any) -> None:
    from detect.commands.options import err
    from detect.terminal.plain import say

    for name, told in (
        ("bad input", problem.what),
        ("   where", problem.where),
        ("  remedy", problem.remedy),
    ):
        say(err, f": {told}", bold=name)


def gathered() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        help="Find the tenders worth a supervisor's look, and say why. 围标串标线索筛查。",
    )
    for name in COMMANDS:
        app.add_typer(import_module(name).commands)
    import_module("detect.commands.judge").afterwards["desk"] = import_module("cases.commands.desk").lay_down
    return app


def refuse_strangers() -> None:
    """Stop when another distribution owns one of our top-level package names.

    It hides our package where it comes first on the path, and mixes with it where both were installed
    into one folder.
    """
    owners, here = _owners(), Path(__file__).parent
    for room in ROOMS:
        strangers = sorted(set(owners[room]) - {"bidlens"})
        found = find_spec(room)
        hidden = found is None or Path(str(found.origin)).parent != here / room
        if strangers and (hidden or any(_wrote_into(here / room, s) for s in strangers)):
            _stop(
                f"Package {room!r} is also shipped by {strangers}. Install bidlens in an environment "
                "of its own (pipx, uv tool, a container)."
            )


def _owners() -> dict[str, list[str]]:
    """The distributions that own each of our top-level names.

    `importlib.metadata.packages_distributions` tells it of all names, in the time of a whole command.
    """
    owners: dict[str, list[str]] = {room: [] for room in ROOMS}
    for found in distributions():
        files = "".join(f"\n{found.read_text(name) or ''}" for name in ("top_level.txt", "RECORD"))
        for room, names in owners.items():
            if any(f"\n{room}{end}" in files for end in ("/", ".py", "\n")):
                names.append(found.name)
    return owners


def _wrote_into(folder: Path, owner: str) -> bool:
    return any(Path(str(f.locate())).is_relative_to(folder) for f in distribution(owner).files or ())


def _stop(message: str) -> NoReturn:
    Console(stderr=True, emoji=False).print(message, highlight=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
