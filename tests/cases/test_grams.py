import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cases.grams import grams, parts

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Zs", "Cc", "Cs"])
WORDS = st.text(st.one_of(st.sampled_from("ab1路工"), CHARACTERS), max_size=12)


@given(WORDS, WORDS, WORDS)
def test_a_text_has_every_part_of_every_word_in_it(before: str, word: str, after: str) -> None:
    others = pl.Series([after, f"{before}{word}{after}", ""])
    assert set(parts(word)) <= set(grams(others)[1])


def test_texts_keep_their_parts_apart() -> None:
    apart, together = (grams(pl.Series(texts)) for texts in (["市政", "道路"], ["市政道路"]))
    assert apart.list.len().to_list() == [1, 1]
    assert together.list.len().to_list() == [3]
    assert grams(pl.Series(["城市 道路"])).list.len().to_list() == [2]


def test_a_part_is_two_characters_or_three_of_ascii() -> None:
    found = {word: len(parts(word)) for word in ("路", "道路", "ab", "abc", "77777", "a路", "škola", "")}
    assert found == {"路": 0, "道路": 1, "ab": 0, "abc": 1, "77777": 1, "a路": 1, "škola": 3, "": 0}


def test_texts_without_words_have_no_parts() -> None:
    assert grams(pl.Series(["", "a"])).to_list() == [[], []]
    assert grams(pl.Series([], dtype=pl.String)).to_list() == []
