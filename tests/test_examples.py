"""Examples in packages that pytest does not gather itself: pages draw when they are imported."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WITH_EXAMPLES = sorted(
    file
    for package in ("app_pages", "benchmarks")
    for file in (ROOT / package).rglob("*.py")
    if ">>> " in file.read_text("utf-8")
)


@pytest.mark.parametrize("file", WITH_EXAMPLES, ids=lambda file: file.stem)
def test_examples_run(file: Path) -> None:
    assert not file.stem[0].isdigit(), "a page draws when it is imported: put the function beside it"
    outcome = doctest.testmod(import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)))
    assert outcome.attempted > 0
    assert outcome.failed == 0
