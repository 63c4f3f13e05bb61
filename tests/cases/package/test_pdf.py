import io
from datetime import UTC, datetime
from typing import Any, cast

import pypdf
import pytest
from PIL import Image

from cases.package import pdf as room
from cases.package.material import Material, gather
from cases.package.pdf import FAMILIES, LAYOUT, pages, pdf
from cases.package.people import People
from cases.package.report import report
from records.source import BadInput

from .conftest import HOSTILE, Case

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


def _read(content: bytes) -> tuple[str, set[str]]:
    found = pypdf.PdfReader(io.BytesIO(content))
    text = "\n".join(page.extract_text() for page in found.pages)
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in found.pages
        for font in cast("dict[str, Any]", page["/Resources"])["/Font"].values()
    }
    return text, fonts


def test_the_text_can_be_searched_and_its_fonts_have_chinese(material: Material) -> None:
    text, fonts = _read(pdf(report(material, [], "key"), AT))
    flat = "".join(text.split())
    assert material.subject_id in flat
    assert ("线索概要" if material.lang == "zh" else "Summaryofthealert") in flat
    assert "有限" in flat
    assert fonts
    assert all(any(f.replace(" ", "").removesuffix("SC") in font for f in FAMILIES) for font in fonts)


def test_the_same_report_gives_the_same_bytes(material: Material) -> None:
    made = report(material, [], "key")
    assert pdf(made, AT) == pdf(made, AT)


def test_dates_are_the_runs(material: Material) -> None:
    found = pypdf.PdfReader(io.BytesIO(pdf(report(material, [], "key"), AT))).metadata
    assert found is not None
    assert found.creation_date == datetime.fromisoformat(material.manifest["started_at"])


def test_hostile_text_is_drawn_as_text(hostile: Material) -> None:
    content = pdf(report(hostile, [], "key"), AT)
    flat = "".join(_read(content)[0].split())
    for text in (HOSTILE[0], HOSTILE[1], HOSTILE[2], "{0}{name}", "{n:>99999}", "]]>&lt;&#x3D;"):
        assert "".join(text.split()) in flat
    for action in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile"):
        assert action not in content


def test_nothing_runs_over_the_edge_of_a_page(hostile: Material) -> None:
    for page in pages(report(hostile, [], "key"), AT, ppi=36):
        drawn = Image.open(io.BytesIO(page)).convert("L")
        margins = [(0, 0, 20, drawn.height), (drawn.width - 20, 0, drawn.width, drawn.height)]
        assert all(drawn.crop(box).getextrema()[0] == 255 for box in margins)


def test_the_statement_stands_in_its_own_section(case: Case, people: People) -> None:
    m = gather(case.run, case.market, "tender", case.tender, lang="zh", people=people)
    text = _read(pdf(report(m, [], "key"), AT))[0]
    assert "我公司独立编制投标文件" in text[text.index("10　企业陈述") : text.index("11　处理记录")]


def test_the_layout_reaches_for_nothing_outside() -> None:
    source = LAYOUT.read_text("utf-8")
    assert "json(bytes(sys.inputs.data))" in source
    for word in ("#import", "#include", "read(", "image(", "eval(", "plugin(", "@preview", "http", "link("):
        assert word not in source


def test_pages_can_be_looked_at(material: Material) -> None:
    made = pages(report(material, [], "key"), AT, ppi=20)
    assert len(made) >= 3
    assert all(page.startswith(b"\x89PNG") for page in made)


def test_without_a_chinese_font_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_installed", lambda: frozenset({"DejaVu Sans"}))
    with pytest.raises(BadInput, match="fonts-noto-cjk"):
        room.font()
