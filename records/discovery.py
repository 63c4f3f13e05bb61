"""The folder is the registry: importing every module of a package lets decorators register."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def discover(package: ModuleType, *, deep: bool = True) -> None:
    """Import every module below a package, or only those right in it; once, since folders are walked."""
    walk = pkgutil.walk_packages if deep else pkgutil.iter_modules
    for found in walk(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
