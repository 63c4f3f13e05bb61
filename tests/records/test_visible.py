import polars as pl
import pytest

from records.visible import LONGEST, visible, visible_column


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b31m", "\u202e", "\u200f", "\u2066", "\x07", "\r"])
def test_what_steers_a_screen_is_seen_instead(steering: str) -> None:
    assert visible(f"a{steering}b").startswith("a\ufffd")
    shown = pl.select(visible_column(pl.lit(f"a{steering}b"))).item()
    assert shown.startswith("a\ufffd")


def test_a_value_stays_on_one_line_and_ends() -> None:
    assert visible("one\ntwo\tthree") == "one two three"
    assert visible("x" * LONGEST) == "x" * LONGEST
    assert visible("x" * (LONGEST + 1)) == "x" * LONGEST + "…"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_saved_cell_is_no_formula(formula: str) -> None:
    assert pl.select(visible_column(pl.lit(formula))).item() == f"'{formula}"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "兰州市 3-1 号楼 (二期) = 扩建"
    assert visible(text) == text
    assert pl.select(visible_column(pl.lit(text))).item() == text
