"""The folder is the registry: importing every module of a package lets decorators register."""

import importlib
import pkgutil
from types import ModuleType


def discover(package: ModuleType) -> None:
    """Import every module below a package."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
