"""Keeping an installation running: settings, health, backups, retention and erasure, watching a folder."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Which bidlens this is; `unknown` in a checkout that was not installed."""
    try:
        return version("bidlens")
    except PackageNotFoundError:
        return "unknown"
