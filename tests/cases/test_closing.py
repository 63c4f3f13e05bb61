from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from cases.act import Changed, Unfit, bulk
from cases.audit import verify
from cases.closing import confirm, decide, determine, duplicate, reject, reopen, ways
from cases.database import reading
from cases.intake import post
from cases.owning import take
from cases.roles import Refused
from cases.search import Asked, page
from cases.tables import Alert, Entry, Event
from cases.talking import news
from cases.workflow import State
from detect.kept import Run

RED, ORANGE, YELLOW = 1, 2, 3


def explain(engine: Engine, actor: str, alert_id: int, version: int) -> Alert:
    return decide(engine, actor, alert_id, version, State.EXPLAINED, reason="FX03", text="同一园区出口")


def test_a_decision_is_kept_told_and_logged(desk: Engine) -> None:
    alert = explain(desk, "li", ORANGE, 1)

    assert (alert.state, alert.reason, alert.version) == ("explained", "FX03", 2)
    assert alert.closed_on == {"level": 3, "rules": ["E01"]}
    assert alert.first_action_at == alert.closed_at
    with reading(desk) as session:
        event = session.scalars(select(Event)).one()
        assert (event.kind, event.actor, event.text) == ("decided", "li", "同一园区出口")
        assert event.detail["changes"]["state"] == ["new", "explained"]
        assert session.scalars(select(Entry).order_by(Entry.seq.desc())).first().action == "alert.decided"  # type: ignore[union-attr]
        assert verify(session) == []


def test_closing_a_red_takes_a_second_person(desk: Engine) -> None:
    proposed = explain(desk, "li", RED, 1)
    assert (proposed.state, proposed.proposed["by"]) == ("new", "li")  # type: ignore[index]
    assert ways(proposed) == []

    with pytest.raises(Unfit, match="another person"):
        confirm(desk, "li", RED, 2)
    with pytest.raises(Unfit, match="waits for a second person"):
        explain(desk, "wang", RED, 2)
    with pytest.raises(Refused, match="may not 'approve'"):
        confirm(desk, "gast", RED, 2)

    closed = confirm(desk, "wang", RED, 2, "同意")
    assert (closed.state, closed.reason, closed.proposed, closed.version) == ("explained", "FX03", None, 3)


def test_the_lead_is_asked_to_agree_and_who_proposed_hears_the_answer(desk: Engine) -> None:
    explain(desk, "li", RED, 1)
    assert [(n.kind, n.text) for n in news(desk, "chen")] == [("proposed", "同一园区出口")]
    assert news(desk, "wang") == []

    reject(desk, "wang", RED, 2, "没有核对设备")
    explain(desk, "li", RED, 3)
    confirm(desk, "chen", RED, 4, "同意")
    assert [n.kind for n in news(desk, "li")] == ["confirmed", "rejected"]


def test_where_the_only_lead_proposes_all_who_may_agree_are_asked(lite: Engine) -> None:
    explain(lite, "chen", RED, 1)
    assert [n.kind for who in ("li", "wang", "chen", "gast") for n in news(lite, who)] == ["proposed"] * 2
    reject(lite, "chen", RED, 2, "收回")
    assert news(lite, "chen") == []


def test_a_rejected_closing_leaves_the_alert_open(desk: Engine) -> None:
    explain(desk, "li", RED, 1)
    with pytest.raises(Unfit, match="rejection needs words"):
        reject(desk, "wang", RED, 2, " ")

    alert = reject(desk, "wang", RED, 2, "没有核对设备")

    assert (alert.state, alert.proposed) == ("new", None)
    with pytest.raises(Unfit, match="No closing"):
        confirm(desk, "wang", RED, 3)


def test_handing_a_red_on_takes_a_second_person_and_its_result_takes_one(desk: Engine) -> None:
    proposed = decide(desk, "li", RED, 1, State.REFERRED_ADMIN, text="移送")
    assert (proposed.state, proposed.proposed["state"]) == ("new", "referred_admin")  # type: ignore[index]
    assert confirm(desk, "wang", RED, 2).state == "referred_admin"
    assert decide(desk, "li", RED, 3, State.PENALISED, text="处罚").state == "penalised"


def test_a_committee_confirms_only_what_it_determined(desk: Engine) -> None:
    with pytest.raises(Unfit, match="determination of the committee first"):
        decide(desk, "li", ORANGE, 1, State.COMMITTEE_CONFIRMED, text="认定")
    determine(desk, "li", ORANGE, 1, "串通投标成立")
    confirmed = decide(desk, "li", ORANGE, 2, State.COMMITTEE_CONFIRMED, text="认定")
    assert confirmed.state == "committee_confirmed"


def test_what_is_watched_stays_open_and_comes_back_on_its_day(desk: Engine) -> None:
    day = datetime.now(UTC) + timedelta(days=30)
    alert = decide(desk, "li", ORANGE, 1, State.WATCH, text="等中标结果", until=day)
    assert (alert.state, alert.owner, alert.closed_at) == ("watch", "li", None)
    assert alert.snoozed_until == alert.due_at == day
    with reading(desk) as session:
        assert ORANGE not in {a.id for a in page(session, Asked())}
        assert ORANGE in {a.id for a in page(session, Asked(), at=day + timedelta(days=1))}
    longer = decide(desk, "li", ORANGE, 2, State.WATCH, text="再等", until=day + timedelta(days=30))
    assert longer.snoozed_until == day + timedelta(days=30)
    assert explain(desk, "li", ORANGE, 3).closed_at is not None


def test_watching_a_red_takes_a_second_person(desk: Engine) -> None:
    day = datetime.now(UTC) + timedelta(days=30)
    assert decide(desk, "li", RED, 1, State.WATCH, text="等", until=day).snoozed_until is None
    assert confirm(desk, "wang", RED, 2).snoozed_until == day


@pytest.mark.parametrize("days", [-1, 400])
def test_a_watch_has_its_day_ahead(lite: Engine, days: int) -> None:
    with pytest.raises(Unfit, match="within 366 days"):
        decide(lite, "li", ORANGE, 1, State.WATCH, text="等", until=datetime.now(UTC) + timedelta(days=days))


@pytest.mark.parametrize(
    ("state", "reason", "text", "why"),
    [
        (State.PENALISED, None, "x", "these do: assigned, in_review"),
        (State.EXPLAINED, None, "x", "needs one of these reasons"),
        (State.EXPLAINED, "weak", "x", "needs one of these reasons"),
        (State.WATCH, "FX01", "x", "no reason code"),
        (State.WATCH, None, "  ", "needs words"),
        (State.WATCH, None, "x" * 10_001, "at most 10,000"),
        (State.ASSIGNED, None, "x", "set by assigning"),
        (State.DUPLICATE, None, "x", "linking"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(
    lite: Engine, state: State, reason: str | None, text: str, why: str
) -> None:
    with pytest.raises(Unfit, match=why):
        decide(lite, "li", ORANGE, 1, state, reason=reason, text=text)


@pytest.mark.parametrize("actor", ["gast", "nobody"])
def test_who_may_not_is_refused(lite: Engine, actor: str) -> None:
    with pytest.raises(Refused, match=r"may not 'work'|does not work at this desk"):
        explain(lite, actor, ORANGE, 1)


def test_whoever_is_late_is_told_what_changed(desk: Engine) -> None:
    take(desk, "li", ORANGE, 1)
    explain(desk, "li", ORANGE, 2)

    with pytest.raises(Changed, match="assigned by li, decided by li") as late:
        decide(desk, "wang", ORANGE, 1, State.WATCH, text="再看")

    told = late.value
    assert (told.then, told.version) == (1, 3)
    assert [(t.actor, t.kind, t.text) for t in told.events] == [
        ("li", "assigned", None), ("li", "decided", "同一园区出口"),
    ]  # fmt: skip
    assert told.fields["state"] == ("new", "explained")
    assert told.fields["owner"] == (None, "li")


def test_a_duplicate_is_linked_to_its_original(desk: Engine) -> None:
    assert duplicate(desk, "li", YELLOW, 1, ORANGE, "同一事项").original_id == ORANGE

    with pytest.raises(Unfit, match="link to its original 2"):
        duplicate(desk, "li", RED, 1, YELLOW, "同一事项")
    with pytest.raises(Unfit, match="cannot be the original"):
        duplicate(desk, "li", ORANGE, 1, ORANGE, "同一事项")
    assert duplicate(desk, "li", RED, 1, ORANGE, "同一事项").original_id is None
    assert confirm(desk, "wang", RED, 2).original_id == ORANGE


def test_reopening_clears_what_closing_set(desk: Engine) -> None:
    explain(desk, "li", ORANGE, 1)
    alert = reopen(desk, "wang", ORANGE, 2, "新材料")

    assert (alert.state, alert.reason, alert.closed_at, alert.closed_on) == ("in_review", None, None, None)
    with pytest.raises(Unfit, match="open already"):
        reopen(desk, "wang", ORANGE, 3, "再来")


def test_the_committee_speaks_apart_from_the_supervisors(desk: Engine) -> None:
    alert = determine(desk, "li", ORANGE, 1, "认定串通投标")
    assert (alert.determination, alert.state) == ("认定串通投标", "new")


def test_many_at_once_are_each_checked(desk: Engine) -> None:
    done = bulk({RED: 1, ORANGE: 7, YELLOW: 1, 99: 1}, lambda i, v: explain(desk, "li", i, v))

    assert done.done == [RED, YELLOW]
    assert "was changed after you read it" in str(done.refused[ORANGE])
    assert done.refused[99].told("en") == "There is no alert 99."
    assert done.refused[99].told("zh") == "没有线索 99。"
    with pytest.raises(Unfit, match="too many"):
        bulk(dict.fromkeys(range(1001), 1), divmod)


def test_words_that_no_database_keeps_are_mended(desk: Engine) -> None:
    alert = decide(desk, "li", YELLOW, 1, State.WATCH, text="a\x00b\ud800")
    assert State(alert.state) == State.WATCH
    with reading(desk) as session:
        assert session.scalars(select(Event.text)).one() == "a\ufffdb?"


def test_a_lead_on_a_party_is_referred_by_the_same_rules(lite: Engine, run_of: Callable[..., Run]) -> None:
    group = {"grain": "group", "id": "G", "rules": {"O02": ["A", "B"]}}
    post(lite, run_of(1, {**group, "level": 4}), "root")
    with reading(lite) as session:
        alert = session.scalars(select(Alert).where(Alert.grain == "group")).one()
    assert State.REFERRED_ADMIN in ways(alert)
    assert State.COMMITTEE_CONFIRMED not in ways(alert)

    decide(lite, "li", alert.id, alert.version, State.REFERRED_ADMIN, text="移送市场监管部门")
    with pytest.raises(Unfit, match="another person"):
        confirm(lite, "li", alert.id, alert.version + 1)
    assert confirm(lite, "wang", alert.id, alert.version + 1).state == "referred_admin"
