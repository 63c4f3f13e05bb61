import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from app_pages import explaining
from cases import desk
from cases.audit import verify
from cases.database import FILE, opened, reading, writing
from cases.desk import Detail, Role
from cases.people import appoint
from cases.tables import Alert, Entry
from cases.workflow import State
from detect.rates import RATES
from records.lists import entries
from records.store import Store

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()


@pytest.fixture
def engine(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    mine = shutil.copytree(workspace, tmp_path / "w")
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(mine))
    made = opened(f"sqlite:///{mine / FILE}")
    yield made
    with reading(made) as session:
        assert verify(session) == []
    made.dispose()


def case(tender: str, role: Role = Role.SUPERVISOR) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["role"] = role.value
    at.query_params["lang"] = "en"
    at.switch_page("app_pages/20_case.py")
    at.query_params["tender"] = tender
    return fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> AppTest:
    return fine(next(b for b in at.button if b.label == label).click().run())


def fill(at: AppTest, kind: str, key: str, value: Any) -> None:
    fields: Iterable[Any] = at.get(kind)
    next(f for f in fields if key in ((f.key or "").partition(".")[0], f.label)).set_value(value)


def said(at: AppTest) -> str:
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    kinds = (at.markdown, at.caption, at.success, at.error, at.warning, at.info, at.text)
    return "\n".join([*html, *(x.value for kind in kinds for x in kind)])


def known(engine: Engine, tender: str) -> Detail:
    number = desk.found(engine, "tender", tender)
    assert number is not None
    found = desk.detail(engine, number)
    assert found is not None
    return found


def known_kinds(engine: Engine, tender: str) -> list[str]:
    return [e.kind for e in known(engine, tender).events]


def decide(at: AppTest, state: str, reason: str | None, words: str) -> AppTest:
    fill(at, "selectbox", "Result", State(state))
    at.run()
    if reason:
        fill(at, "selectbox", "Reason", reason)
    fill(at, "text_area", "decide_words", words)
    return press(at, "Save")


def test_who_was_slower_is_shown_what_happened_and_nothing_is_lost(engine: Engine) -> None:
    at = case("P02")
    fill(at, "selectbox", "Result", State.DATA_ISSUE)
    at.run()
    fill(at, "text_area", "decide_words", "looks odd")
    alert = known(engine, "P02").alert
    with writing(engine) as session:
        appoint(session, "root", "chen", Role.SUPERVISOR, "Chen")
    desk.decide(engine, "chen", alert.id, alert.version, State.WATCH, text="waiting for the award")

    at = press(at, "Save")

    assert "was changed after you opened it" in said(at)
    assert "waiting for the award" in said(at)
    assert "looks odd" in {t.value for t in at.text_area}
    assert known(engine, "P02").alert.state == "watch"

    press(at, "I have read it: go on from what is there now")
    decide(at, "data_issue", "other", "looks odd")
    assert known(engine, "P02").alert.state == "data_issue"


def test_a_decision_without_words_is_refused_on_the_page(engine: Engine) -> None:
    at = decide(case("P03"), "watch", None, "")
    assert "Say why in words first" in said(at)
    assert "Choose a reason first" in said(decide(case("P03"), "data_issue", None, "odd"))
    assert known(engine, "P03").alert.state == "new"


def test_what_was_done_is_said_at_its_place_and_in_the_corner(engine: Engine) -> None:
    at = decide(case("P03"), "watch", None, "until the award")
    assert [x.value for x in at.sidebar.success] == ["Decided: watch"]
    assert [x.value for x in at.toast] == ["Decided: watch"]
    watched = known(engine, "P03").alert
    assert (watched.state, watched.closed_at) == ("watch", None)
    assert watched.snoozed_until is not None


def test_the_committee_confirms_after_its_determination_only(engine: Engine) -> None:
    at = case("P03")
    fill(at, "selectbox", "Result", State.COMMITTEE_CONFIRMED)
    assert "Keep it first" in said(fine(at.run()))
    assert known(engine, "P03").alert.state == "new"


def test_a_duplicate_is_linked_to_an_alert_about_the_same_bidders(engine: Engine) -> None:
    at = case("P05")
    fill(at, "selectbox", "What to do", "duplicate")
    at.run()
    original = known(engine, "P06").alert
    options = next(x for x in at.selectbox if x.label == "The original alert").options
    assert any("School repair 6" in o for o in options)
    fill(at, "selectbox", "The original alert", str(original.id))
    assert "2 of the same bidders" in said(fine(at.run()))
    fill(at, "text_area", "duplicate_words", "the same works, called again")
    assert "Linked to the original" in said(press(at, "Link"))
    assert known(engine, "P05").alert.original_id == original.id


def test_times_are_those_of_the_zone_that_is_set(engine: Engine) -> None:
    assert "2024-03-01 17:00" in said(case("P05"))
    folder = Path(engine.url.database or "").parent
    (folder / "bidlens.toml").write_text('timezone = "Europe/Paris"')
    st.cache_resource.clear()
    shown = said(case("P05"))
    assert "2024-03-01 10:00" in shown
    assert "Europe/Paris" in shown


def test_a_choice_speaks_the_language_of_the_page(engine: Engine) -> None:
    assert engine
    at = case("P05")
    fill(at, "selectbox", "What to do", "later")
    at.run()
    at.query_params["lang"] = "zh"
    chosen = next(x for x in fine(at.run()).selectbox if x.label == "办理事项")
    assert (chosen.key, chosen.value) == ("what_to_do.zh", "later")


def test_putting_off_asks_for_a_reason(engine: Engine) -> None:
    at = case("P05")
    fill(at, "selectbox", "What to do", "later")
    at = press(at.run(), "Put off")
    assert "Say why in words first" in said(at)
    assert known(engine, "P05").alert.snoozed_until is None
    next(t for t in at.text_input if t.label == "Why, in one line").set_value("the file comes on Monday")
    assert "Put off; it comes back by itself" in said(press(at, "Put off"))
    assert known(engine, "P05").alert.snoozed_until is not None


def test_what_is_closed_is_not_due(engine: Engine) -> None:
    at = decide(case("P03"), "data_issue", "other", "odd")
    panel = "".join(str(Markup(x.proto.body).striptags()) for x in at.sidebar.get("html"))
    assert "Closed" in panel
    assert "Due" not in panel
    assert known(engine, "P03").alert.due_at is not None


def test_the_second_person_is_told_who_asks_when_and_until_when(engine: Engine) -> None:
    with writing(engine) as session:
        appoint(session, "root", "chen", Role.SUPERVISOR, "Chen")
    alert, day = known(engine, "RING").alert, datetime.now(UTC) + timedelta(days=30)
    desk.decide(engine, "chen", alert.id, alert.version, State.WATCH, text="the register", until=day)
    asked = known(engine, "RING").alert.proposed or {}
    china = ZoneInfo("Asia/Shanghai")
    text = said(case("RING"))
    assert "chen proposes: watch" in text
    assert f"{datetime.fromisoformat(asked['at']).astimezone(china):%Y-%m-%d %H:%M}" in text
    assert f"Watch until {day.astimezone(china):%Y-%m-%d}" in text


def test_a_red_is_put_off_until_its_due_date_only(engine: Engine) -> None:
    number = known(engine, "RING").alert.id
    for due, offered in ((timedelta(hours=-1), False), (timedelta(days=3), True)):
        with writing(engine) as session:
            session.get_one(Alert, number).due_at = datetime.now(UTC) + due
        at = case("RING")
        fill(at, "selectbox", "What to do", "later")
        at.run()
        assert "choose “watch” under Decide" in said(at)
        assert ("Put off" in {b.label for b in at.button}) == offered
    day = next(d for d in at.date_input if d.label == "Until")
    assert day.max == day.value == (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=3)).date()


def test_a_note_tells_a_colleague(engine: Engine) -> None:
    at = case("P04", Role.LEAD)
    fill(at, "selectbox", "What to do", "note")
    at.run()
    fill(at, "text_area", "Note", "@local-lead please ask the committee <b>today</b>")
    at = press(at, "Save")
    assert "The note is kept" in said(at)
    assert [e.kind for e in known(engine, "P04").events][-1] == "note"


def test_an_innocent_reading_is_looked_into_rule_by_rule(engine: Engine) -> None:
    at = case("RING")
    fill(at, "selectbox", "What to do", "readings")
    at.run()
    fill(at, "radio", "This reading", desk.Reading.REFUTED)
    fill(at, "text_input", "Words", "the codes come from three machines")
    press(at, "Save")
    found = known(engine, "RING").readings
    assert len(found) == 1


def test_the_same_bidders_are_explained_for_longer_and_the_alert_leaves_the_queue(engine: Engine) -> None:
    at = case("P05", Role.LEAD)
    fill(at, "selectbox", "What to do", "explain")
    at.run()
    fill(at, "text_area", "explain_words", "one price list for both")
    at = press(at, "Save")
    assert "The explanation holds" in said(at)
    assert known(engine, "P05").alert.suppressed_until is not None


def test_a_shared_value_is_explained_once_for_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def known(_: Store, kind: str, value: str, value_hash: str) -> bool:
        asked.append(f"{kind} {value_hash}")
        return value == "1C-69-7A-00-01"

    monkeypatch.setattr(explaining, "stands_behind", known)
    at = press(case("RING", Role.LEAD), "Explain a shared value…")
    assert "this concerns 1 tenders and 6 pairs of firms; 1 of the tenders have an alert" in said(at)
    fill(at, "text_area", "list_reason", "test bench of the centre")
    fill(at, "text_input", "Who answers for it", "IT of the centre")

    at = press(at, "Save")

    assert "counts from the next run on" in said(at)
    assert set(asked) == {f"author_cpu {'AA' * 16}"}
    listed = entries(Store(Path(engine.url.database or "").parent))
    assert listed.select("listing", "kind", "owner").rows() == [
        ("centre_device", "author_cpu", "IT of the centre")
    ]
    assert known_kinds(engine, "RING")[-1] == "listed"


def test_a_value_that_is_not_the_one_on_record_is_not_listed(engine: Engine) -> None:
    at = press(case("RING", Role.LEAD), "Explain a shared value…")
    fill(at, "text_input", "The value itself (masked here; as the source system has it)", "guess")
    fill(at, "text_input", "Who answers for it", "IT")
    fill(at, "text_area", "list_reason", "a reason")
    assert "not the value that the two share" in said(press(at, "Save"))
    assert "listed" not in known_kinds(engine, "RING")


def test_who_follows_and_who_is_named_is_told(engine: Engine) -> None:
    at = case("P04")
    fill(at, "multiselect", "Follow (you are told of new alerts)", [("bidder", "F5")])
    fine(at.run())
    assert desk.followed(engine, "local-supervisor") == [("bidder", "F5")]
    assert [x.value for x in at.toast] == ["Followed, you will be told: Bidder\\:\u2060 Fair Builders"]

    number = known(engine, "P04").alert.id
    with writing(engine) as session:
        appoint(session, "root", "chen", Role.SUPERVISOR, "Chen")
    desk.note(engine, "chen", number, "@local-supervisor <b>please</b> look")
    at = fine(at.run())
    assert "A note names you: School repair 4" in said(at)
    press(at, "Mark as read")
    assert desk.n_unseen(engine, "local-supervisor") == 0


def test_what_was_put_off_comes_back_to_its_owner(engine: Engine) -> None:
    alert = known(engine, "P04").alert
    at = press(case("P04"), "Take")
    soon = datetime.now(UTC) + timedelta(milliseconds=200)
    desk.snooze(engine, "local-supervisor", alert.id, alert.version + 1, soon, "waiting")
    time.sleep(0.3)
    at = fine(at.run())
    assert "Put off until now, yours again" in said(at)
    assert "yours again" not in said(press(at, "Seen"))


@pytest.mark.usefixtures("engine")
def test_neighbours_in_the_queue_are_one_key_away() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    first, second = fine(at.run()).session_state["queue_subjects"][:2]
    at.switch_page("app_pages/20_case.py")
    at.query_params["tender"] = first
    at = press(fine(at.run()), "Next →")
    assert at.query_params["tender"] in ([second], second)


def test_several_ticked_alerts_are_taken_at_once(engine: Engine) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["role"] = Role.SUPERVISOR.value
    at.query_params["lang"] = "en"
    first = [known(engine, t).alert.id for t in fine(at.run()).session_state["queue_subjects"][:3]]
    at.session_state["queue_rows"] = {"ticked": first}
    at = press(fine(at.run()), "Take")
    assert "3 done, 0 not" in said(at)
    taken = at.session_state["queue_subjects"][:3]
    assert {known(engine, t).alert.owner for t in taken} == {"local-supervisor"}


def test_a_reload_keeps_the_role_of_the_one_user_and_the_log_tells_of_each_switch(engine: Engine) -> None:
    before = switches(engine)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    at = fine(at.run())
    at.radio(key="acting_as.en").set_value("Auditor").run()
    assert at.query_params["role"] in ("auditor", ["auditor"])
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    again.query_params["role"] = "auditor"
    assert fine(again.run()).radio(key="acting_as.en").value == Role.AUDITOR
    again.query_params["role"] = "nobody"
    assert fine(again.run()).radio(key="acting_as.en").value == Role.LEAD
    told = [("local-lead", "local-auditor"), ("local-auditor", "local-lead")]
    assert switches(engine) == [*before, *told]


def switches(engine: Engine) -> list[tuple[str, str]]:
    """Who acted, and as whom from then on, for every switch of role in the log."""
    asked = select(Entry.actor, Entry.subject).where(Entry.action == "role.switch").order_by(Entry.seq)
    with reading(engine) as session:
        return [(actor, subject) for actor, subject in session.execute(asked)]


def test_filters_are_saved_as_a_view_and_shared(engine: Engine) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    at.query_params["level"] = "RED"
    at = fine(at.run())
    fill(at, "text_input", "Name", "reds")
    at.checkbox[0].set_value(True)
    press(at, "Save these filters")
    kept = desk.views(engine, "local-lead")
    assert [(v.name, v.query, v.shared) for v in kept] == [("reds", "level=RED", True)]


def test_the_overview_counts_what_was_decided(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("Q01", date(2024, m, 1), m, 10) for m in range(1, 6)] + [("Q02", date(2024, 1, 1), 0, 9)]
    by_month = pl.DataFrame(rows, RATES, orient="row")
    monkeypatch.setattr("detect.rates.rates", lambda *_: by_month)
    alert = known(engine, "P01").alert
    with writing(engine) as session:
        appoint(session, "root", "chen", Role.SUPERVISOR, "Chen")
    desk.decide(engine, "chen", alert.id, alert.version, State.REFERRED_ADMIN, text="for the authority")
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    at = fine(at.switch_page("app_pages/15_overview.py").run())
    assert "1 of 1 decided were handed on" in said(at)
    trend = next(d.value for d in at.dataframe if "months" in d.value.columns)
    told = trend[["rule_id", "hit", "judged", "before", "lately"]]
    assert told.to_numpy().tolist() == [["Q01", 15, 50, 0.15, 0.4]]
