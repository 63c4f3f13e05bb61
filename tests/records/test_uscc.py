import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from records.uscc import ALPHABET, check_character, look_alikes, valid

PUBLISHED = ["91330100799655058B", "914403001922038216", "12350100MB02709751"]

bodies = st.tuples(
    st.text("0123456789", min_size=8, max_size=8), st.text(ALPHABET, min_size=9, max_size=9)
).map("".join)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code: str) -> None:
    assert valid(pl.Series([code])).to_list() == [True]
    assert check_character(code[:17]) == code[17]


@given(bodies, st.sampled_from(ALPHABET))
def test_agrees_with_stdnum(body: str, last: str) -> None:
    code = body + last
    assert valid(pl.Series([code])).item() == stdnum_uscc.is_valid(code)
    assert check_character(body) == stdnum_uscc.calc_check_digit(body)


@given(bodies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, other: str) -> None:
    code = body + check_character(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert valid(pl.Series([wrong])).item() == (wrong == code)


def test_letters_may_stand_in_the_first_two_places() -> None:
    body = "N2620102MF0123456"
    assert valid(pl.Series([body + check_character(body)])).item()


@pytest.mark.parametrize("odd", ["", "123", "91330100799655058b", "9133010079965505８B", "x" * 18])
def test_odd_shapes_are_not_valid(odd: str) -> None:
    assert valid(pl.Series([odd, PUBLISHED[0], None])).to_list() == [False, True, None]


def test_no_codes_at_all() -> None:
    assert valid(pl.Series([], dtype=pl.String)).to_list() == []


def test_look_alikes_are_named_and_other_errors_are_not() -> None:
    found = look_alikes(pl.Series(["9I33O1OO799655O58B", "91330100799655058A", PUBLISHED[0], None]))
    assert found["bidder_id"].to_list() == ["9I33O1OO799655O58B"]
    assert PUBLISHED[0] in found["what"].item()
