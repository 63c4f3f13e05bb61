from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from app_pages import evidence, marks_table
from app_pages.words import Words
from detect.explanation import Fact, Finding
from detect.marks import Marks
from detect.rule import Level

AT = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "moment", lambda at: "" if at is None else f"{at:%Y-%m-%d}")


def fact(a: str, b: str, value: str = "lock", holders: int = 3) -> Fact:
    sides = (a, f"batch:locks.csv:row {ord(a)}", AT, b, f"batch:locks.csv:row {ord(b)}", None)
    return Fact("lock", value, "GL" + value, holders, *sides, None)


def hit(facts: Sequence[Fact], *ids: str, sentence: str = "Same lock.") -> Finding:
    return Finding(
        rule_id="E04", title="", level=Level.RED, sentence=sentence, subjects=[f"Firm {i}" for i in ids],
        values=[], facts=list(facts), exclusions=[], law=[],
        held_back="", innocent="", strength=1.0, version=1, limits={},
        parameter_set=None, subject_ids=list(ids), p_value=None, confidence=1.0,
    )  # fmt: skip


PAIRS = [hit([fact(a, b)], a, b) for a, b in ("AB", "AC", "BC")]


def test_pairs_that_share_one_value_are_one_block() -> None:
    other = hit([fact("A", "D", "other")], "A", "D")
    found = evidence.blocks([*PAIRS, other, hit([], "E"), hit([], "F")])
    assert [list(b.bidders) for b in found] == [["A", "B", "C"], ["A", "D"], ["E"], ["F"]]


def test_a_block_names_its_bidders_once_and_counts_who_holds_the_value() -> None:
    block, w = evidence.blocks(PAIRS)[0], Words("en")
    assert evidence.who(block, w) == "3 bidders share the same lock: Firm A, Firm B, Firm C"
    shown = str(evidence.shared(block, w).striptags())
    assert [shown.count(f"Firm {i}") for i in "ABC"] == [1, 1, 1]
    assert "3 firms on record hold it by the deadline, all named here" in shown
    assert "locks.csv, row 652025-01-01" in shown
    assert "time not on record" in shown


def test_a_pair_stands_side_by_side() -> None:
    block, w = evidence.blocks([hit([fact("A", "B", holders=4)], "A", "B")])[0], Words("zh")
    assert evidence.who(block, w) == "Firm A ↔ Firm B"
    assert "共 4 家企业持有，其中 2 家列于此" in evidence.shared(block, w).striptags()


def test_other_holders_are_named_up_to_a_few_and_counted() -> None:
    block = evidence.blocks([hit([fact("A", "B", holders=9)], "A", "B")])[0]
    others = evidence.Others(["Firm C"], [f"Firm {n}" for n in range(5)])
    shown = evidence.shared(block, Words("en"), {("lock", "lock"): others}).striptags()
    assert "The others: Firm C (bids here, too), Firm 0, Firm 1, Firm 2, Firm 3 and 2 more" in shown
    shown = evidence.shared(block, Words("zh"), {("lock", "lock"): others}).striptags()
    assert "其余：Firm C（也在本项目投标）、Firm 0、Firm 1、Firm 2、Firm 3等，另有 2 家" in shown


def test_nobody_is_named_where_all_holders_are_there_or_nobody_asked() -> None:
    all_here = evidence.blocks(PAIRS)[0]
    others = evidence.Others([], ["Firm Z"])
    assert "The others" not in evidence.shared(all_here, Words("en"), {("lock", "lock"): others})
    few = evidence.blocks([hit([fact("A", "B", holders=9)], "A", "B")])[0]
    assert "The others" not in evidence.shared(few, Words("en"))


def test_what_differs_from_pair_to_pair_is_said_pair_by_pair() -> None:
    far = replace(hit([fact("B", "C")], "B", "C", sentence="Nine minutes apart."), level=Level.YELLOW)
    said = str(evidence.sentences(evidence.blocks([*PAIRS[:2], far])[0], Words("en")).striptags())
    assert "Same lock. Firm A ↔ Firm B; Firm A ↔ Firm C" in said
    assert "Nine minutes apart. ● YellowFirm B ↔ Firm C" in said


def test_any_two_is_said_of_all_pairs_only() -> None:
    said = [str(evidence.sentences(evidence.blocks(hits)[0], Words("en"))) for hits in (PAIRS, PAIRS[:2])]
    assert "Of any two of them: Same lock." in said[0]
    assert "Of any two" not in said[1]


def test_the_whole_source_is_one_hover_away() -> None:
    shown = evidence.shared(evidence.blocks(PAIRS)[0], Words("en"))
    assert 'title="batch:locks.csv:row 65"' in shown


def test_marks_are_masked_unless_unmasked(lang: str) -> None:
    rows = [("X001", "A", 90.0), ("X001", "B", 40.0), ("X002", "A", 80.0), ("X002", "B", 82.0)]
    totals = pl.DataFrame(rows, ["expert_id", "bidder_id", "total"], orient="row").with_columns(
        far=pl.col("total") == 40, uneven=pl.lit(False)
    )
    given, names, w = Marks(totals, {"X001": "B"}, []), {"A": "<b>", "B": "Firm B"}, Words(lang)
    shown = marks_table.drawn(given, names, w, personal=False)
    assert "X001" not in shown
    assert "&lt;b&gt;" in shown
    assert "40 ▼ ●" in shown
    assert "90 ▲" in shown
    assert ("Without the marks of" if lang == "en" else "去掉专家") in shown
    assert "X001" in marks_table.drawn(given, names, w, personal=True)
