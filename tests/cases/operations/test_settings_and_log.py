import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from records import log
from records.settings import FILE, Settings, in_force, settings
from records.simulate import into_store
from records.source import BadInput

Bidlens = Callable[..., Any]


def test_without_a_file_or_variables_the_defaults_hold(tmp_path: Path) -> None:
    assert settings(tmp_path) == Settings()
    assert {s.source for s in in_force(tmp_path)} == {"default"}


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_text("capacity = 50\naudit = 0.1\n")
    monkeypatch.setenv("BIDLENS_CAPACITY", "70")

    found = {s.name: (s.value, s.source) for s in in_force(tmp_path)}

    assert found["capacity"] == (70, "BIDLENS_CAPACITY")
    assert found["audit"] == (0.1, str(tmp_path / FILE))
    assert found["lang"] == ("en", "default")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("capasity = 5", "Known settings: database, .*capacity"),
        ("capacity = 0", "'capacity' is 0: input should be greater than or equal to 1"),
        ('timezone = "Mars/Base"', "no zone of the IANA list has this name"),
        ('lang = "fr"', "'lang' is 'fr': input should be 'en' or 'zh'"),
        ("capacity = ", "cannot be read"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(BadInput, match=told):
        settings(tmp_path)


def test_variables_that_say_what_cannot_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_AUDIT", "much")
    with pytest.raises(BadInput, match="BIDLENS_AUDIT"):
        settings(tmp_path)
    monkeypatch.delenv("BIDLENS_AUDIT")
    monkeypatch.setenv("BIDLENS_CAPASITY", "5")
    with pytest.raises(BadInput, match=r"Known variables: .*BIDLENS_CAPACITY"):
        settings(tmp_path)


def test_the_command_line_wins_over_environment_and_file(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text('lang = "zh"\n')

    assert "语言" not in bidlens("settings", "-w", str(tmp_path), "--lang", "en").out
    assert bidlens("settings", "-w", str(tmp_path), "--json").json()["lang"]["value"] == "zh"
    monkeypatch.setenv("BIDLENS_LANG", "en")
    assert bidlens("settings", "-w", str(tmp_path), "--json").json()["lang"]["source"] == "BIDLENS_LANG"


def test_a_setting_is_told_in_one_language(bidlens: Bidlens, tmp_path: Path) -> None:
    english = bidlens("settings", "-w", str(tmp_path), "--lang", "en").out
    chinese = bidlens("settings", "-w", str(tmp_path), "--lang", "zh").out

    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert all(head in chinese for head in ("设置项", "取值", "来源", "含义", "默认值"))
    assert all(re.search(r"[\u4e00-\u9fff]", s.meaning["zh"]) for s in in_force(tmp_path))
    assert "default" not in chinese


def test_a_password_is_not_shown(bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_DATABASE", "postgresql+psycopg://desk:secret@db/bidlens")

    shown = bidlens("settings", "-w", str(tmp_path), "--json")

    assert "desk:***@db" in shown.out
    assert "secret" not in shown.out + shown.err


def test_each_command_logs_its_beginning_and_end(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "json")

    done = bidlens("simulate", "--tenders", "100", "-w", str(tmp_path), "--json")

    begin, end = done.lines()
    assert (begin["event"], end["event"], end["command"]) == ("begin", "end", "simulate")
    assert begin["call"] == end["call"]
    assert (end["exit_code"], end["records_version"], end["quarantined"]) == (0, 1, 0)
    assert end["read"] == end["kept"] > 100
    assert end["seconds"] > 0


def test_a_run_is_in_the_log_with_its_id_and_figures(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_store(tmp_path, 100, 1)
    monkeypatch.setenv("BIDLENS_LOG", "json")
    done = bidlens("score", "-w", str(tmp_path), "--no-model", "--json")
    made, end = done.json(), done.lines()[-1]
    assert (end["run_id"], end["records_version"], end["n_tenders"]) == (made["run_id"], 1, made["n_tenders"])
    assert end["n_red"] == made["n_alerts"]["RED"]
    assert made["point"] == "award"


def test_an_error_is_in_the_log_with_its_exit_code_and_without_contacts(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "json")

    done = bidlens("import", "li.lei@example.cn.csv", "-w", str(tmp_path / "w"))

    assert done.code == 1
    end = done.lines()[-1]
    assert (end["level"], end["exit_code"], end["where"]) == ("error", 1, "•••")
    assert "example" not in done.err


def test_wrong_usage_is_logged_as_refused(bidlens: Bidlens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "json")
    monkeypatch.setitem(log._state, "begun", False)

    done = bidlens("settings", "--nonsense")

    assert done.code == 2
    assert '"event": "refused"' in done.err


def test_a_log_that_is_off_says_nothing(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "off")
    assert bidlens("settings", "-w", str(tmp_path)).err == ""


def test_somebody_who_watches_the_terminal_sees_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    log.configure("auto")
    assert log.form() == "off"


def test_a_busy_workspace_is_exit_code_75(bidlens: Bidlens, tmp_path: Path) -> None:
    from records.workspace import locked

    (tmp_path / "records").mkdir()
    with locked(tmp_path / "records" / "lock"):
        done = bidlens("simulate", "--tenders", "100", "-w", str(tmp_path))

    assert done.code == 75
    assert "Try again when it has ended" in " ".join(done.err.split())
