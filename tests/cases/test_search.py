from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, inspect

from cases.closing import decide
from cases.database import reading
from cases.grams import holding, parts
from cases.intake import post
from cases.keeping import put_aside
from cases.owning import take
from cases.search import ORDERS, SCORE_ONLY, UNKNOWN, Asked, Hidden, choices, page
from cases.tallying import COUNTED, standing, tally
from cases.timing import snooze
from cases.workflow import State
from detect.kept import Run

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def queue(desk: Engine, run_of: Callable[..., Run]) -> Engine:
    """T4 is left out, T5 raised by its score alone, T6 drawn for audit, T7 closed, T9 put off."""
    shared = {"buyer_name": "局", "region": "620102", "estimate": 5e6, "n_bids": 4}
    listed = [
        {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}, **shared, "worth": 1.0},
        {
            "id": "T2",
            "level": 3,
            "rules": {"E01": ["A", "B"], "Q01": []},
            "worth": 9.0,
            "title": "Škola 100%_",
        },
        {"id": "T3", "level": 2, "rules": {"Q01": []}, "deadline_at": NOW, "title": "校舍 道路", **shared},
        {"id": "T4", "level": 2, "rules": {"Q01": []}, "place": "left out"},
        {"id": "T5", "level": 2, "case_id": "T1", "worth": 3.0},
        {"id": "T7", "level": 3, "rules": {"M01": ["A", "B"]}},
        {"id": "A|B", "grain": "pair", "level": 3, "rules": {"O01": ["A", "B"]}},
        {"id": "T9", "level": 2, "rules": {"Q01": []}},
    ]
    post(desk, run_of(1, *listed, drawn=("T6",)), "root")
    ids = of(desk, Asked(grains=(), places=()))
    decide(desk, "li", ids["T7"], 1, State.WATCH, text="留意")
    snooze(desk, "li", ids["T9"], 1, datetime.now(UTC) + timedelta(days=5), "等")
    take(desk, "wang", ids["T2"], 2)
    put_aside(desk, "wang", [ids["T3"], ids["T5"]])
    return desk


def of(desk: Engine, asked: Asked) -> dict[str, int]:
    with reading(desk) as session:
        return {a.subject_id: a.id for a in page(session, asked)}


def shown(desk: Engine, **asked: object) -> list[str]:
    with reading(desk) as session:
        wanted = Asked(**asked)  # type: ignore[arg-type]
        found = [a.subject_id for a in page(session, wanted)]
        assert tally(session, wanted).shown == len(found)
        return found


ASKED: list[tuple[dict[str, object], list[str]]] = [
    ({}, ["T1", "T2", "T3", "T5", "T6"]),
    ({"levels": (4, 3)}, ["T1", "T2"]),
    ({"rules": ("Q01",)}, ["T2", "T3"]),
    ({"rules": ("E01", SCORE_ONLY)}, ["T1", "T2", "T5"]),
    ({"states": ("watch",)}, []),
    ({"states": ("watch",), "hidden": Hidden.ANY}, ["T7"]),
    ({"states": ("in_review", "watch"), "hidden": Hidden.ANY}, ["T2", "T7"]),
    ({"states": tuple(State), "places": (), "hidden": Hidden.ANY, "decided_by": "li"}, ["T7"]),
    ({"decided_by": "wang"}, []),
    ({"places": ()}, ["T1", "T2", "T3", "T4", "T5", "T6"]),
    ({"places": ("left out",)}, ["T4"]),
    ({"places": ("audit",)}, ["T6"]),
    ({"grains": ("pair",)}, ["A|B"]),
    ({"listed": {"buyer": ("局",)}}, ["T1", "T3"]),
    ({"listed": {"region": ("620102", UNKNOWN)}}, ["T1", "T2", "T3", "T5", "T6"]),
    ({"listed": {"owner": ("wang",)}}, ["T2"]),
    ({"listed": {"owner": (UNKNOWN,)}}, ["T1", "T3", "T5", "T6"]),
    ({"text": "ŠKOLA"}, ["T2"]),
    ({"text": "0%_"}, ["T2"]),
    ({"text": "道路 校"}, ["T3"]),
    ({"text": "t5"}, ["T5"]),
    ({"text": "' OR 1=1 --"}, []),
    ({"older_than": datetime.now(UTC) - datetime(2026, 1, 5, 20, tzinfo=UTC)}, ["T1", "T2", "T3"]),
    ({"overdue": True}, ["T1", "T2", "T3", "T5", "T6"]),
    ({"awaiting": True}, []),
    ({"basket_of": "wang"}, ["T3", "T5"]),
    ({"case_id": "T1"}, ["T5"]),
    ({"order": "worth"}, ["T2", "T5", "T1", "T3", "T6"]),
    ({"order": "amount"}, ["T1", "T3", "T2", "T5", "T6"]),
    ({"order": "deadline"}, ["T3", "T1", "T2", "T5", "T6"]),
    ({"order": "bids"}, ["T1", "T3", "T2", "T5", "T6"]),
    ({"order": "age"}, ["T1", "T2", "T3", "T5", "T6"]),
]


def test_filters_and_orders(queue: Engine) -> None:
    for asked, found in ASKED:
        assert shown(queue, **asked) == found, asked


def test_everything_matches_counts_and_reasons_of_what_is_hidden(queue: Engine) -> None:
    with reading(queue) as session:
        everything = tally(session, Asked())
        assert (everything.shown, everything.n_pages, everything.more) == (5, 1, False)
        assert everything.by_level == {4: 1, 3: 1, 2: 2, 0: 1}
        assert everything.by_state == {"new": 4, "in_review": 1}
        assert everything.hidden == {"left out": 1, "snoozed": 2}
        narrowed = tally(session, Asked(rules=("Q01",), levels=(3,)))
        assert narrowed.by_level == {3: 1, 2: 1}
        assert narrowed.hidden == {"chosen": 5, "left out": 1, "snoozed": 1}


def test_pages_are_cut_without_gap_or_overlap(queue: Engine) -> None:
    with reading(queue) as session:
        for order in ORDERS:
            asked = Asked(order=order)
            cut = [a.id for n in (1, 2, 3) for a in page(session, asked, n, per_page=2)]
            assert cut == [a.id for a in page(session, asked)]


def test_common_rules_and_words_are_found_the_other_way_round(
    queue: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.search.FEW", 0)
    assert shown(queue, rules=("Q01",)) == ["T2", "T3"]
    assert shown(queue, text="道路") == ["T3"]
    assert shown(queue, text="t") == ["T1", "T2", "T3", "T5", "T6"]


def test_many_matches_are_not_all_counted(queue: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert COUNTED >= 10_000
    monkeypatch.setattr("cases.tallying.COUNTED", 2)
    with reading(queue) as session:
        assert tally(session, Asked(text="t")).more


def test_values_to_choose_from_come_with_their_numbers(queue: Engine) -> None:
    with reading(queue) as session:
        assert choices(session, "region") == {UNKNOWN: 7, "620102": 2}
        assert choices(session, "owner") == {UNKNOWN: 7, "li": 1, "wang": 1}
        assert choices(session, "region", most=1) == {UNKNOWN: 7}


def test_what_a_later_run_says_is_found_and_what_it_says_no_more_is_not(
    queue: Engine, run_of: Callable[..., Run]
) -> None:
    later = {"id": "T2", "level": 3, "rules": {"Q01": []}, "title": "医院 改造"}
    post(queue, run_of(2, later), "root")
    assert shown(queue, text="医院", places=()) == ["T2"]
    assert shown(queue, text="škola", places=()) == []
    assert shown(queue, rules=("E01",), places=("queue",)) == []
    with reading(queue) as session:
        assert [n for (n,) in session.execute(holding(session, parts("škola")))] == []


def test_nothing_is_told_of_tenders_that_are_not_open(queue: Engine) -> None:
    unopened = ("T2", "T5")
    assert shown(queue, unopened=unopened) == ["T1", "T3", "T6"]
    assert shown(queue, unopened=unopened, rules=("Q01", SCORE_ONLY)) == ["T3"]
    assert shown(queue, unopened=unopened, case_id="T1") == []
    assert shown(queue, unopened=unopened, order="bids") == ["T1", "T3", "T6"]
    with reading(queue) as session:
        assert tally(session, Asked(unopened=unopened)).hidden["sealed"] == 2
        assert standing(session, "ann", unopened)["open"] == 3


def test_every_index_of_a_queue_that_floods_the_desk_is_there_again(
    desk: Engine, run_of: Callable[..., Run]
) -> None:
    def made() -> set[str | None]:
        return {i["name"] for table in ("alerts", "fired") for i in inspect(desk).get_indexes(table)}

    before = made()
    post(desk, run_of(1, *({"id": f"N{i}", "level": 2} for i in range(20))), "root")
    assert made() == before
    assert "ix_waiting_worth" in before


@pytest.mark.parametrize("asked", [{"order": "beauty"}, {"listed": {"colour": ("red",)}}])
def test_what_does_not_exist_is_refused_with_what_does(asked: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="there are "):
        Asked(**asked)  # type: ignore[arg-type]
