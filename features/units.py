"""What the units of the catalogue's columns are called, in both languages; `units.toml` holds them."""

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("units.toml")


@cache
def units() -> dict[str, dict[str, str]]:
    """Words by unit and language.

    >>> units()["days"]["en"]
    'days'
    """
    return tomllib.loads(FILE.read_text("utf-8"))
