import io
from typing import Any

import openpyxl
import pytest

from cases.package.material import Material
from cases.package.sheets import sheets
from cases.package.words import texts


def _opened(m: Material) -> Any:
    return openpyxl.load_workbook(io.BytesIO(sheets(m)))


def test_amounts_are_numbers_and_moments_are_times(material: Material) -> None:
    bids = _opened(material)[texts()["sheet.bids"][material.lang]]
    head = [c.value for c in bids[1]]
    amount = bids.cell(2, head.index(texts()["column.amount"][material.lang]) + 1)
    submitted = bids.cell(2, head.index(texts()["column.submitted_at"][material.lang]) + 1)
    assert amount.data_type == "n"
    assert float(amount.value) == pytest.approx(float(material.bids["amount"][0]))
    assert submitted.is_date


def test_both_sides_of_every_shared_value_are_there(material: Material) -> None:
    facts = _opened(material)[texts()["sheet.facts"][material.lang]]
    assert facts.max_row == material.facts.height + 1
    assert facts.max_column == material.facts.width


def test_the_same_case_gives_the_same_bytes(material: Material) -> None:
    assert sheets(material) == sheets(material)


def test_hostile_text_is_no_formula_and_no_link(hostile: Material) -> None:
    for sheet in _opened(hostile):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert not cell.value.lstrip(" ").startswith(
                        ("=", "+", "@", "＝", "＋", "＠", "\t", "\r")
                    )
                    assert not set(cell.value) & set("\u202e\u2066\x00\x1b\u2028\ud800")


def test_long_text_is_not_lost(hostile: Material) -> None:
    events = _opened(hostile)[texts()["sheet.events"]["zh"]]
    assert max(len(str(c.value)) for row in events.iter_rows() for c in row) >= 10_000
