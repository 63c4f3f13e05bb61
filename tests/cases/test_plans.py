from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from cases.database import reading, writing
from cases.intake import post
from cases.search import ORDERS, SCORE_ONLY, Asked, Hidden, choices, page
from cases.tallying import tally
from detect.kept import Run

ASKED = [
    *(Asked(order=order) for order in ORDERS),
    *(Asked(order=order, places=()) for order in ORDERS),
    Asked(states=("explained",)),
    Asked(states=("explained",), order="worth"),
    Asked(levels=(3, 2), order="worth"),
    Asked(levels=(3,)),
    Asked(rules=("E01", SCORE_ONLY)),
    Asked(listed={"region": ("62", "63")}),
    Asked(listed={"buyer": ("局",)}, order="amount"),
    Asked(listed={"owner": ("li",)}),
    Asked(text="道路 改造"),
    Asked(text="T1"),
    Asked(overdue=True),
    Asked(awaiting=True),
    Asked(older_than=timedelta(days=30)),
    Asked(case_id="C1"),
    Asked(basket_of="li"),
    Asked(hidden=Hidden.SNOOZED),
    Asked(places=("audit",)),
    Asked(places=("left out",), order="deadline"),
]


@pytest.fixture
def many(lite: Engine, run_of: Callable[..., Run]) -> Engine:
    """A desk whose planner is told that there are ten thousand times as many rows."""
    listed = [
        {"id": f"N{i}", "level": 2 + i % 2, "rules": {"E01": ["A", "B"]}, "region": "62", "buyer_name": "局",
         "title": f"道路改造 {i}", "place": "queue" if i % 5 else "left out"}
        for i in range(100)
    ]  # fmt: skip
    post(lite, run_of(1, *listed), "root")
    with writing(lite) as session:
        session.execute(text("ANALYZE"))
        for name, stat in session.execute(text("SELECT rowid, stat FROM sqlite_stat1")).all():
            rows, *same = map(int, str(stat).split()[:9])
            told = " ".join(
                str(n) for n in [rows * 10_000, *(max(1, n * 10_000 if n > 9 else n) for n in same)]
            )
            session.execute(
                text("UPDATE sqlite_stat1 SET stat = :s WHERE rowid = :i"), {"s": told, "i": name}
            )
    lite.dispose()
    return lite


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _u: Any, statement: str, given: Any, *_: Any) -> None:
        said.append((statement, given))

    event.listen(engine, "before_cursor_execute", hear)
    yield said
    event.remove(engine, "before_cursor_execute", hear)


def plans(engine: Engine, said: list[tuple[str, Any]]) -> list[str]:
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        return [
            row[3] for statement, given in said if statement.startswith("SELECT")
            for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given)
        ]  # fmt: skip


LARGE = ("alerts", "fired", "texts")


def test_no_question_of_the_queue_reads_a_large_table_from_end_to_end(many: Engine) -> None:
    for asked in ASKED:
        with statements(many) as said, reading(many) as session:
            page(session, asked)
            tally(session, asked)
        read = [p for p in plans(many, said) if p in {f"SCAN {table}" for table in LARGE}]
        assert not read, (asked, read)


def test_choices_are_kept_at_hand(many: Engine) -> None:
    with statements(many) as said, reading(many) as session:
        for name in ("region", "category", "mechanism", "buyer"):
            choices(session, name)
        choices(session, "owner")
    assert {p for p in plans(many, said) if "alerts" in p} == {
        "SEARCH alerts USING COVERING INDEX ix_alerts_owner (owner>?)"
    }


@pytest.mark.parametrize("places", [("queue", "audit"), ()])
def test_a_page_is_walked_along_its_order_without_sorting(
    many: Engine, places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.search.FEW", 0)
    region, rule = {"listed": {"region": ("62",)}}, {"rules": ("E01",)}
    own = {"worst": {str(region): "ix_alerts_region", str(rule): "ix_fired_worst"}}
    for order in ORDERS:
        for more in ({}, region, rule, {"text": "道路"}):
            with statements(many) as said, reading(many) as session:
                page(session, Asked(order=order, places=places, **more))
            found = plans(many, said)
            of_all = f"ix_waiting_{order}" if places else f"ix_all_{order}"
            kept = own.get(order, {}).get(str(more), of_all)
            assert [p for p in found if f"INDEX {kept}" in p], (order, more, found)
            assert not [p for p in found if "TEMP B-TREE FOR ORDER" in p], (order, more, found)
