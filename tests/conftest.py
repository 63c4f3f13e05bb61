"""Shared by all tests: what counts as a fair reason to skip."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from records.tables import Listing

NO_DATA = "no copy of the data"
"""How a test says that it needs a data set that may not be redistributed."""

settings.register_profile(
    "bidlens", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("bidlens")


@pytest.fixture(scope="session")
def real_file() -> Callable[[str], Path]:
    """Finds a file of the data that may not be redistributed, or skips the test."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BIDLENS_DATA", beside))

    def find(name: str) -> Path:
        if not (folder / name).is_file():
            pytest.skip(f"{NO_DATA}: BIDLENS_DATA names no folder with {name}")
        return folder / name

    return find


@pytest.fixture(scope="session")
def every_list() -> list[dict[str, str]]:
    """Rows of `known_values`: one in each list, of a value that nobody holds. Else nothing is RED."""
    told = {"kind": "upload_mac", "value_hash": "f" * 32, "batch_id": "b"}
    return [{"listing": listing.value, **told} for listing in Listing]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    unfair = report.skipped and not hasattr(report, "wasxfail") and NO_DATA not in str(report.longrepr)
    if unfair and os.environ.get("BIDLENS_STRICT"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report  # type: ignore[return-value]
