from pathlib import Path

from features.document import catalogue_markdown

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_page_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == catalogue_markdown()
    assert current, "docs/features.md is out of date; run `make docs` and commit the result"
