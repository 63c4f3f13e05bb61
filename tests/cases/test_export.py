import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine, func, select

from cases import audit, export
from cases.alerting_info import COLUMNS as FIELDS
from cases.alerting_info import LONGEST, Unit, alert_info, rows
from cases.database import reading, writing
from cases.roles import Refused, Role
from cases.tables import Alert, Entry
from detect.kept import Run
from detect.rule import all_rules

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
HOSTILE = ["=cmd|' /C calc'!A0", "\u202edrow", "<script>", "a;=1+1", "x" * 10_000, '"', "\x1b[2J", "＝1"]


class _Run:
    """As much of a run as an export without alerts of its own reads."""

    run_id = "r1"
    manifest = {"started_at": "2026-01-05T02:30:00+00:00"}  # noqa: RUF012
    alerts = pl.DataFrame({"tender_id": ["T1"], "level": [4], "rule_ids": [["E01"]], "title": ["=1+1"],
                           "estimate": [100], "attention": [100.0]})  # fmt: skip
    party_alerts = pl.DataFrame(
        {"grain": ["pair"], "party_id": ["F1|F2"], "level": [3], "rule_ids": [["O01"]], "last_deadline": [AT]}
    )


@pytest.fixture
def run() -> Any:
    return _Run()


@pytest.fixture
def desk(engine: Engine) -> Engine:
    with writing(engine) as session:
        for n, text in enumerate(HOSTILE):
            written = {"title": text, "buyer_name": text, "region": text, "determination": text}
            session.add(_alert(n, **written, estimate=-1.5, level=4 - n % 3))
        session.add(_alert(99, grain="pair", subject_id="F1|F2"))
    return engine


def _alert(n: int, **fields: Any) -> Alert:
    usual = {
        "grain": "tender", "subject_id": f"E62121220240003870{n:05}", "run_id": "r1", "raised_at": AT,
        "level": 3, "attention": float(n), "place": "queue", "rule_ids": ["E01", "E08"], "state": "new",
    }  # fmt: skip
    return Alert(**{**usual, **fields})


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_desks_alerts_come_worst_first_with_text_as_text(desk: Engine, run: Run, tmp_path: Path) -> None:
    n = export.export(tmp_path / "q.csv", "csv", run, desk, lang="en", zone="Asia/Shanghai")
    found = _read(tmp_path / "q.csv")
    assert n == len(found) == len(HOSTILE) + 1
    assert [r["Level"] for r in found] == sorted(
        (r["Level"] for r in found), key=["Red", "Orange", "Yellow"].index
    )
    assert not [v for r in found for v in r.values() if v[:1] in {"=", "＝", "@", "+"}]
    assert {r["Estimate"] for r in found} == {"-1.5", ""}
    assert {r["First raised"] for r in found} == {"2026-01-05 10:30:00"}


def test_a_workbook_holds_the_same(desk: Engine, run: Run, tmp_path: Path) -> None:
    export.export(tmp_path / "q.xlsx", "xlsx", run, desk, lang="zh")
    sheet = openpyxl.load_workbook(tmp_path / "q.xlsx")["线索"]
    assert sheet.max_row == len(HOSTILE) + 2
    assert {c.data_type for row in sheet.iter_rows() for c in row} <= {"s", "n", "d"}


def test_the_log_tells_of_an_export(desk: Engine, run: Run, tmp_path: Path) -> None:
    export.export(tmp_path / "q.csv", "csv", run, desk, actor="王")
    with reading(desk) as session:
        entry = session.scalars(select(Entry)).one()
        assert (entry.actor, entry.action, audit.verify(session)) == ("王", "queue.export", [])


def test_before_there_is_a_desk_the_run_is_told(run: Run, tmp_path: Path) -> None:
    assert export.export(tmp_path / "q.csv", "csv", run, None, lang="en") == 2
    found = _read(tmp_path / "q.csv")
    assert [(r["About a"], r["Number"], r["Title"]) for r in found] == [
        ("tender", "T1", "'=1+1"), ("pair of firms", "F1|F2", ""),
    ]  # fmt: skip


def test_many_alerts_come_in_chunks(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(engine) as session:
        session.add_all(_alert(n) for n in range(25))
    monkeypatch.setattr(export, "CHUNK", 10)
    with reading(engine) as session:
        assert [c.height for c in export.of_desk(session)] == [10, 10, 5]
        assert session.scalar(select(func.count()).select_from(Alert)) == 25


def test_who_may_not_export_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="may not 'export'"):
        export.export(tmp_path / "q.csv", "csv", run, None, role=Role.VIEWER)
    assert not list(tmp_path.iterdir())


def test_a_file_is_written_whole_or_not_at_all(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Run) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame(schema=export._TYPES)
        raise RuntimeError("disk full")

    (tmp_path / "q.csv").write_text("before")
    monkeypatch.setattr(export, "of_run", broken)
    with pytest.raises(RuntimeError, match="disk full"):
        export.export(tmp_path / "q.csv", "csv", run, None)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("q.csv", "before")]


def test_table_402_has_its_fields_and_blames_nobody(desk: Engine, run: Run, tmp_path: Path) -> None:
    unit = Unit("监督局", "12620000")
    assert export.export(tmp_path / "q.csv", "402", run, desk, unit=unit) == len(HOSTILE)
    found = _read(tmp_path / "q.csv")
    assert tuple(found[0]) == FIELDS
    first = found[0]
    assert (first["SUPERVISOR_UNIT_NAME"], first["ALERT_LEVEL"], first["HANDLED"]) == ("监督局", "红", "0")
    assert first["ALERT_DATE"] == "20260105103000"
    assert first["BID_SECTION_CODE"].startswith(first["TENDER_PROJECT_CODE"])
    assert len(first["TENDER_PROJECT_CODE"]) == 20
    for empty in ("BODY_NAME", "BODY_CODE", "CONFINED_ACTION", "START_DATE", "END_DATE", "SIGNATURE"):
        assert {r[empty] for r in found} == {""}


def test_what_became_of_it_is_told() -> None:
    chunk = pl.DataFrame(
        {c: [None] for c in export.COLUMNS} | {"grain": ["tender"], "subject_id": ["T1"], "level": [4],
         "rule_ids": [["E01"]], "state": ["explained"], "reason": ["FX03"], "owner": ["李"],
         "raised_at": [AT]}
    )  # fmt: skip
    row = rows(chunk, Unit()).row(0, named=True)
    assert (row["HANDLED"], row["HANDLE_RESULT"], row["OPERATOR"]) == ("1", "已有合理解释（FX03）", "李")
    assert row["TENDER_PROJECT_CODE"] is None


def test_no_alert_info_is_longer_than_the_field() -> None:
    titles = [r.zh.title for r in all_rules().values()]
    for n in range(len(titles) + 1):
        assert len(alert_info(titles[:n])) <= LONGEST
    assert alert_info(titles).endswith(f"等共{len(titles)}项。线索供核查，不构成认定。")
    assert len(alert_info(["长" * 500])) == LONGEST
    assert alert_info([]) == "报价或同场情况少见。线索供核查，不构成认定。"
