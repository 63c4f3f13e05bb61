from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from detect.laws import MARKS, Law, cite, laws, read_laws

LAW = Law("X-1", "CN", "甲", "A", "甲文", "text", "V", date(2012, 2, 1), date(2020, 1, 1))


def holds(law: Law, jurisdiction: str | None, deadline: datetime | None) -> bool:
    row = {"jurisdiction": jurisdiction, "deadline_at": deadline}
    schema = {"jurisdiction": pl.String(), "deadline_at": pl.Datetime("us", "UTC")}
    return bool(pl.DataFrame([row], schema=schema).select(law.holds()).item())


@pytest.mark.parametrize(
    ("jurisdiction", "deadline", "expected"),
    [
        ("CN", datetime(2012, 2, 1, tzinfo=UTC), True),
        ("CN", datetime(2012, 1, 31, 23, 59, tzinfo=UTC), False),
        ("CN", datetime(2019, 12, 31, tzinfo=UTC), True),
        ("CN", datetime(2020, 1, 1, tzinfo=UTC), False),
        ("CN-62", datetime(2015, 1, 1, tzinfo=UTC), True),
        ("CNX", datetime(2015, 1, 1, tzinfo=UTC), False),
        ("DO", datetime(2015, 1, 1, tzinfo=UTC), False),
        (None, datetime(2015, 1, 1, tzinfo=UTC), False),
        ("CN", None, False),
    ],
)
def test_a_law_holds_in_its_place_and_time(
    jurisdiction: str | None, deadline: datetime | None, expected: bool
) -> None:
    assert holds(LAW, jurisdiction, deadline) is expected


def test_without_a_deadline_the_law_that_has_not_ended_holds() -> None:
    assert holds(LAW._replace(valid_to=None), "CN", None)


def test_a_provincial_law_does_not_reach_the_country() -> None:
    provincial = LAW._replace(jurisdiction="CN-62")
    assert holds(provincial, "CN-62", datetime(2015, 1, 1, tzinfo=UTC))
    assert not holds(provincial, "CN", datetime(2015, 1, 1, tzinfo=UTC))


def test_a_law_without_a_beginning_is_not_known_to_hold() -> None:
    assert not holds(LAW._replace(valid_from=None), "CN", datetime(2015, 1, 1, tzinfo=UTC))


def test_every_law_is_told_in_both_languages_and_says_how_it_was_checked() -> None:
    assert all(law.mark in MARKS and law.text("zh") and law.text("en") for law in laws().values())
    assert "[" not in laws()["CN-REG-40-1"].text("en")
    assert "not checked" in laws()["CN-MOF87-37-3"].text("en")
    assert "二手资料" in laws()["CN-MOF87-37-1"].text("zh")


def test_an_unknown_law_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"No law \['CN-REG-99'\].*laws\.toml.*CN-REG-40-1"):
        cite(["CN-REG-40-1", "CN-REG-99"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mark": '"Z"'}, r"mark 'Z'; choose one of \['D', 'K', 'S', 'V'\]"),
        ({"valid_to": "1999-01-01"}, "ends on 1999-01-01, before it begins"),
        ({"colour": '"red"'}, r"unknown \['colour'\]"),
        ({"zh": ""}, r"missing \['zh'\]"),
    ],
)
def test_a_faulty_table_is_an_error(tmp_path: Path, change: dict[str, str], message: str) -> None:
    fields = dict.fromkeys(("jurisdiction", "zh", "en", "zh_text", "en_text"), '"x"')
    fields |= {"mark": '"V"', "valid_from": "2000-01-01", **change}
    file = tmp_path / "laws.toml"
    file.write_text("[A]\n" + "\n".join(f"{k} = {v}" for k, v in fields.items() if v), "utf-8")
    with pytest.raises(ValueError, match=message):
        read_laws(file)
