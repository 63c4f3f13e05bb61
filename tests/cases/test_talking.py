from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.act import Unfit
from cases.database import reading as open_to_read
from cases.detail import content, detail, found
from cases.owning import take
from cases.roles import Refused
from cases.talking import (
    LARGEST,
    Reading,
    attach,
    file_name,
    mentioned,
    n_unseen,
    news,
    note,
    reading,
    returned,
    statement,
)
from cases.timing import snooze, wake


def test_a_note_tells_whom_it_names(desk: Engine) -> None:
    note(desk, "li", 2, "@wang请看，@LI 也看；@gastfreund 不认识")

    assert [n.text for n in news(desk, "wang")] == ["@wang请看，@LI 也看；@gastfreund 不认识"]
    assert n_unseen(desk, "wang") == 1
    assert n_unseen(desk, "li") == 0


def test_a_name_within_a_longer_one_is_the_longer_one(lite: Engine) -> None:
    with open_to_read(lite) as session:
        assert mentioned(session, "mail@example.org") == []
        assert mentioned(session, "@CHEN and @wang, @chen") == ["chen", "wang"]


def test_adding_never_conflicts(desk: Engine) -> None:
    note(desk, "li", 2, "一")
    note(desk, "wang", 2, "二")
    told = detail(desk, 2)
    assert told is not None
    assert told.alert.version == 1
    assert [e.text for e in told.events] == ["一", "二"]


def test_a_statement_reaches_the_owner(desk: Engine) -> None:
    take(desk, "wang", 2, 1)
    statement(desk, "li", 2, "我司与对方无关", by="甲公司")
    assert [(n.kind, n.text) for n in news(desk, "wang")] == [("statement", "我司与对方无关")]


def test_the_latest_reading_counts(desk: Engine) -> None:
    reading(desk, "li", 2, "E01", Reading.CONFIRMED, "同一打印社")
    reading(desk, "wang", 2, "E01", Reading.REFUTED, "打印社否认")
    told = detail(desk, 2)
    assert told is not None
    assert told.readings["E01"].detail["verdict"] == "refuted"
    with pytest.raises(Unfit, match="these do: E01"):
        reading(desk, "li", 2, "Q01", Reading.CONFIRMED, "x")
    with pytest.raises(Unfit, match="needs words"):
        reading(desk, "li", 2, "E01", Reading.REFUTED)


def test_a_file_is_kept_with_its_hash(desk: Engine) -> None:
    attach(desk, "li", 2, "C:\\材料\\说明.pdf", b"%PDF", "函件")
    told = detail(desk, 2)
    assert told is not None
    (file,) = told.files
    assert (file.name, file.sha256[:8], file.actor) == ("说明.pdf", "315d429b", "li")
    assert content(desk, file.id) == b"%PDF"
    assert content(desk, 99) is None


@pytest.mark.parametrize(
    ("name", "size", "why"), [("a.pdf", 0, "empty"), ("a.pdf", LARGEST + 1, "at most"), ("..", 1, "no name")]
)
def test_what_is_no_file_is_refused(lite: Engine, name: str, size: int, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        attach(lite, "li", 2, name, bytes(size))


def test_a_long_name_keeps_its_ending() -> None:
    assert file_name("x" * 400 + ".pdf").endswith("x.pdf")
    assert len(file_name("x" * 400 + ".pdf")) == 255
    assert file_name("\u202efdp.exe\r\n") == "fdp.exe"


def test_what_was_put_off_is_back_until_it_is_ticked_off(desk: Engine) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    take(desk, "li", 2, 1)
    snooze(desk, "li", 2, 2, soon, "等判决")
    assert returned(desk, "li") == []
    (back,) = returned(desk, "li", soon)
    assert (back.subject_id, back.since) == ("T2", soon)
    assert returned(desk, "wang", soon) == []

    wake(desk, "li", back.alert_id, back.version)
    assert returned(desk, "li", soon) == []


def test_viewers_add_nothing(lite: Engine) -> None:
    with pytest.raises(Refused, match="may not 'work'"):
        note(lite, "gast", 2, "x")


def test_what_is_not_there(lite: Engine) -> None:
    assert detail(lite, 99) is None
    assert found(lite, "tender", "T9") is None
    assert found(lite, "tender", "T2") == 2
    with pytest.raises(Unfit, match="no alert 99"):
        note(lite, "li", 99, "x")
