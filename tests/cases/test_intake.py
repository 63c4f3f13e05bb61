from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, func, select

from cases.act import Kind
from cases.audit import verify
from cases.closing import decide
from cases.database import reading
from cases.intake import post
from cases.keeping import follow
from cases.owning import take
from cases.tables import Alert, Entry, Event, Fired
from cases.talking import news
from cases.timing import snooze
from cases.workflow import State
from detect.kept import Run
from records.source import Busy
from records.tables import market_of

RunOf = Callable[..., Run]


def of(engine: Engine, subject: str) -> Alert:
    with reading(engine) as session:
        return session.scalars(select(Alert).where(Alert.subject_id == subject)).one()


def told(engine: Engine, subject: str) -> list[Event]:
    with reading(engine) as session:
        asked = select(Event).join(Alert, Alert.id == Event.alert_id).where(Alert.subject_id == subject)
        return list(session.scalars(asked.order_by(Event.id)))


def everything(engine: Engine) -> list[list[Any]]:
    tables = (Alert.__table__, Fired.__table__, Event.__table__)
    with engine.connect() as connection:
        return [sorted(map(repr, connection.execute(select(t)))) for t in tables]


def test_alerts_parties_and_draws_become_one_alert_each(engine: Engine, run_of: RunOf) -> None:
    pair = {"id": "A|B", "grain": "pair", "level": 3, "rules": {"O01": ["A", "B"]}}
    left = {"id": "T2", "level": 2, "place": "left out", "rules": {"Q01": []}}
    run = run_of(1, {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}}, left, pair, drawn=("T9",))
    market = market_of(tenders=pl.DataFrame({"tender_id": ["T9"], "batch_id": ["b"], "title": ["校舍"]}))

    done = post(engine, run, "root", market)

    assert (done.new, done.already) == (4, False)
    with reading(engine) as session:
        rows = session.execute(select(Alert.grain, Alert.subject_id, Alert.level, Alert.place)).all()
    assert {tuple(r) for r in rows} == {
        ("tender", "T1", 4, "queue"), ("tender", "T2", 2, "left out"), ("pair", "A|B", 3, "queue"),
        ("tender", "T9", 0, "audit"),
    }  # fmt: skip
    assert of(engine, "T9").title == "校舍"
    assert of(engine, "T1").rule_ids == ["E01"]
    assert of(engine, "T1").due_at == datetime(2026, 1, 7, 8, tzinfo=UTC)
    assert of(engine, "T2").due_at is None


def test_the_same_run_and_a_run_that_says_the_same_change_nothing(engine: Engine, run_of: RunOf) -> None:
    alerts = ({"id": "T1", "level": 4, "rules": {"E01": ["A", "B"], "M01": ["B", "A"]}},)
    first = run_of(1, *alerts, drawn=("T9",))
    post(engine, first, "root")
    before = everything(engine)

    assert post(engine, first, "root").already
    assert everything(engine) == before

    again = post(engine, run_of(2, *alerts, drawn=("T9",)), "root")
    assert (again.new, again.changed, again.gone) == (0, 0, 0)
    assert everything(engine) == before


def test_an_earlier_run_is_refused(engine: Engine, run_of: RunOf) -> None:
    post(engine, run_of(2), "root")
    with pytest.raises(Busy, match="older than"):
        post(engine, run_of(1), "root")


def test_what_a_run_raises_no_longer_is_gone_and_comes_back(desk: Engine, run_of: RunOf) -> None:
    take(desk, "li", 1, 1)

    assert post(desk, run_of(1), "root").gone == 3
    gone = of(desk, "T1")
    assert (gone.place, gone.state, gone.owner, gone.version) == ("gone", "in_review", "li", 3)
    assert post(desk, run_of(2), "root").gone == 0

    assert post(desk, run_of(3, {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}}), "root").back == 1
    assert of(desk, "T1").place == "queue"
    assert [e.kind for e in told(desk, "T1")] == [Kind.ASSIGNED, Kind.GONE, Kind.BACK]
    assert [n.kind for n in news(desk, "li")] == [Kind.BACK, Kind.GONE]


def test_new_findings_are_told_and_wake_what_was_put_off(desk: Engine, run_of: RunOf) -> None:
    snooze(desk, "li", 3, 1, datetime.now(UTC) + timedelta(days=9), "等补件")
    louder = {"id": "T3", "level": 3, "rules": {"E01": ["A", "B"], "M01": ["A", "B"]}}

    assert post(desk, run_of(1, louder), "root").news == 1

    event = told(desk, "T3")[-1]
    assert event.kind == Kind.FINDINGS
    assert event.detail["rules"] == ["M01"]
    assert event.detail["changes"] == {"level": [2, 3], "rule_ids": [["E01"], ["E01", "M01"]]}
    now = of(desk, "T3")
    assert (now.level, now.version, now.due_at) == (3, 3, datetime(2026, 1, 13, 8, tzinfo=UTC))
    assert now.snoozed_until is None


@pytest.mark.parametrize(
    ("state", "reason", "reopened"),
    [(State.EXPLAINED, "FX03", True), (State.REFERRED_ADMIN, None, False)],
)
def test_a_dismissed_alert_is_taken_up_again_when_another_rule_speaks(
    desk: Engine, run_of: RunOf, state: State, reason: str | None, reopened: bool
) -> None:
    decide(desk, "li", 2, 1, state, reason=reason, text="查过")
    same = {"id": "T2", "level": 3, "rules": {"E01": ["A", "B"]}}
    assert post(desk, run_of(1, same), "root").reopened == 0
    assert post(desk, run_of(2), "root").gone == 0
    assert post(desk, run_of(3, same), "root").reopened == 0

    more = {"id": "T2", "level": 3, "rules": {"E01": ["A", "B"], "P01": ["A", "B"]}}
    done = post(desk, run_of(4, more), "root")

    assert done.reopened == int(reopened)
    now = of(desk, "T2")
    assert (now.state == "in_review") is reopened
    assert (now.closed_at is None) is reopened
    assert told(desk, "T2")[-1].detail["rules"] == ["P01"]


def test_what_is_watched_comes_back_when_another_rule_speaks(desk: Engine, run_of: RunOf) -> None:
    decide(desk, "li", 2, 1, State.WATCH, text="留意")
    more = {"id": "T2", "level": 3, "rules": {"E01": ["A", "B"], "P01": ["A", "B"]}}
    assert post(desk, run_of(1, more), "root").news == 1
    now = of(desk, "T2")
    assert (now.state, now.snoozed_until, now.closed_at) == ("watch", None, None)
    assert [n.kind for n in news(desk, "li")] == [Kind.FINDINGS]


def test_a_closed_alert_that_becomes_red_by_the_same_rule_is_taken_up_again(
    desk: Engine, run_of: RunOf
) -> None:
    decide(desk, "li", 2, 1, State.EXPLAINED, reason="FX03", text="同一园区")
    worse = {"id": "T2", "level": 4, "rules": {"E01": ["A", "B"]}}
    assert post(desk, run_of(1, worse), "root").reopened == 1


def test_context_takes_nothing_up_again(desk: Engine, run_of: RunOf) -> None:
    decide(desk, "li", 2, 1, State.EXPLAINED, reason="FX03", text="同一园区")
    run = run_of(1, {"id": "T2", "level": 3, "rules": {"E01": ["A", "B"], "E10": ["A", "B"]}})
    quiet = run.hits.with_columns(
        pl.when(pl.col("rule_id") == "E10").then(1).otherwise("level").cast(pl.Int8).alias("level")
    )
    assert post(desk, Run(**{**vars(run), "hits": quiet}), "root").reopened == 0


def test_followers_hear_of_new_alerts(desk: Engine, run_of: RunOf) -> None:
    follow(desk, "wang", "buyer", "局")
    follow(desk, "li", "bidder", "C")
    post(
        desk,
        run_of(
            1,
            {"id": "T7", "level": 2, "rules": {"E01": ["C", "D"]}},
            {"id": "T8", "level": 2, "buyer_name": "局"},
        ),
        "root",
    )
    assert [(n.kind, n.title) for n in news(desk, "wang")] == [(Kind.RAISED, "T8")]
    assert [(n.kind, n.title) for n in news(desk, "li")] == [(Kind.RAISED, "T7")]


@pytest.mark.parametrize(
    "title", ['<script>"x",\r\n\\.\t\'=1+1', "", "\u202eRTL", "x" * 5_000, "\\N", "NULL", "a\x00b"]
)
def test_any_text_is_kept_as_it_came(engine: Engine, run_of: RunOf, title: str) -> None:
    rules: dict[str, list[str]] = {'Q"1': []}
    post(engine, run_of(1, {"id": "T1", "level": 2, "title": title, "rules": rules}), "root")
    kept = of(engine, "T1")
    assert kept.title == title.replace("\x00", "\ufffd")
    assert (kept.rule_ids, kept.buyer_name) == (['Q"1'], None)


def test_a_post_is_in_the_log(desk: Engine) -> None:
    with reading(desk) as session:
        assert verify(session) == []
        posts = session.scalars(select(Entry).where(Entry.action == "run.post")).all()
        assert len(posts) == 1
        assert session.scalar(select(func.count()).select_from(Alert)) == 3


def some(run: Run, *tenders: str, point: str = "award") -> Run:
    scope = {"tenders": len(tenders), "point": point, "base_run": "x", "why": "asked for"}
    spoken = pl.DataFrame({"tender_id": list(tenders)}).with_columns(
        attention=pl.lit(1.0), score=pl.lit(0.1), level=pl.lit(None, pl.Int8)
    )
    return Run(**{**vars(run), "manifest": {**run.manifest, "scope": scope}, "scores": spoken})


RED = {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}}


def test_a_run_of_some_tenders_neither_changes_nor_hides_the_others(engine: Engine, run_of: RunOf) -> None:
    pair = {"id": "A|B", "grain": "pair", "level": 3, "rules": {"O01": ["A", "B"]}}
    post(engine, run_of(1, RED, {"id": "T2", "level": 2, "rules": {"Q01": []}}, pair), "root")
    new = {"id": "T3", "level": 3, "rules": {"Q01": []}}
    done = post(engine, some(run_of(2, new), "T2", "T3"), "root")
    assert (done.new, done.changed, done.gone) == (1, 0, 1)
    places = {s: of(engine, s).place for s in ("T1", "T2", "T3", "A|B")}
    assert places == {"T1": "queue", "T2": "gone", "T3": "queue", "A|B": "queue"}
    assert of(engine, "T1").run_id == run_of(1).run_id


def test_a_run_of_some_tenders_leaves_the_audit_as_it_was_drawn(engine: Engine, run_of: RunOf) -> None:
    post(engine, run_of(1, drawn=("T8", "T9")), "root")
    done = post(engine, some(run_of(2, {**RED, "id": "T9"}), "T8", "T9"), "root")
    assert (done.new, done.changed, done.gone) == (0, 1, 0)
    assert (of(engine, "T8").place, of(engine, "T9").level) == ("audit", 4)


def test_a_run_before_the_award_adds_and_takes_nothing_away(engine: Engine, run_of: RunOf) -> None:
    more = {**RED, "rules": {"E01": ["A", "B"], "Q02": []}}
    post(engine, run_of(1, more, {"id": "T2", "level": 2, "rules": {"Q01": []}}), "root")
    early = some(
        run_of(2, RED, {"id": "T3", "level": 3, "rules": {"E02": []}}), "T1", "T2", "T3", point="upload"
    )
    done = post(engine, early, "root")
    assert (done.new, done.changed, done.gone) == (1, 0, 0)
    assert of(engine, "T1").rule_ids == ["E01", "Q02"]
