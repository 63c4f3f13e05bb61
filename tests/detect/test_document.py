from pathlib import Path

import pytest

from detect.document import PAGES, catalogue_markdown, main
from detect.rule import all_rules


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_rule_has_a_section(lang: str) -> None:
    page = catalogue_markdown(lang)
    assert [line.split()[1] for line in page.splitlines() if line.startswith("## ")] == list(all_rules())


def test_a_section_tells_law_limits_scope_and_innocent_reading() -> None:
    section = catalogue_markdown("en").partition("## Q02")[2].partition("## ")[0]
    for said in ("40 (4)", "`max_spread` = 0.05 (for five bids", "at least three valid bids", "price list"):
        assert said in section


def test_pages_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main()
    assert {p.name for p in (tmp_path / "docs").iterdir()} == {p.name for p in PAGES.values()}
