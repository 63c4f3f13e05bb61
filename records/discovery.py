"""The folder is the registry: importing every module of a package lets decorators register."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def discover(package: ModuleType) -> None:
    """Import every module below a package; once, since the folder is walked file by file."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
