import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from cases.audit import append
from cases.database import address, opened, writing
from cases.operations.health import Check, State, checks, healthy
from cases.operations.health_words import said
from cases.operations.metrics import text as as_text
from cases.tables import Post
from records.settings import Settings

Bidlens = Callable[..., Any]


@pytest.fixture
def workspace(market: Path, tmp_path: Path) -> Path:
    """Records and a run that says it was scored from them."""
    shutil.copytree(market, tmp_path / "w")
    run = tmp_path / "w" / "runs" / "20260101T000000-a"
    run.mkdir(parents=True)
    alerts = {"RED": 1, "ORANGE": 2, "YELLOW": 3, "INFO": 0}
    manifest = {"run_id": run.name, "records_version": 1, "n_tenders": 100, "n_alerts": alerts}
    manifest["started_at"] = datetime.now(UTC).isoformat()
    (run / "run.json").write_text(json.dumps(manifest))
    (run.parent / "latest").write_text(run.name)
    return tmp_path / "w"


@pytest.fixture
def desk(workspace: Path) -> Path:
    engine = opened(address(workspace))
    with writing(engine) as session:
        append(session, "li", "import", "market")
        append(session, "li", "score", "market")
        session.add(Post(run_id="20260101T000000-a", at=datetime.now(UTC), actor="li", counts={}))
    engine.dispose()
    return workspace


def found(workspace: Path, **limits: float) -> dict[str, Check]:
    return {c.name: c for c in checks(workspace, Settings(**limits))}  # type: ignore[arg-type]


def test_a_working_installation_is_healthy(desk: Path, bidlens: Bidlens) -> None:
    seen = found(desk)
    assert {c.state for c in seen.values()} == {State.OK}
    assert seen["records"].told["rows"]["tenders"] == 100
    assert seen["run"].told["imports_not_scored"] == 0
    assert seen["audit"].told["entries"] == seen["audit"].told["newest"] == 2
    told = bidlens("health", "-w", str(desk), "--json")
    assert (told.code, told.json()["healthy"]) == (0, True)


def test_people_read_rounded_figures_with_units(desk: Path, bidlens: Bidlens) -> None:
    told = {name: said(check).replace(str(desk), "") for name, check in found(desk).items()}

    assert told["records"].endswith("last import 0.0 hours ago")
    assert told["database"].endswith("revision 0001, run 20260101T000000-a on the desk")
    assert told["audit"].startswith("2 entries; the newest of 20")
    assert told["quarantine"] == "0.0% of the last import was set aside, 0.0% of all imports (0 rows)"
    assert not any(re.search(r"\d\.\d{3}|[a-z]_[a-z]|\d{9}", line) for line in told.values())
    assert "GB are free" in bidlens("health", "-w", str(desk)).out


def test_every_check_has_words_for_what_it_saw(workspace: Path) -> None:
    seen = found(workspace)

    assert said(seen["database"]) == said(seen["audit"]) == "not in use"
    assert all(said(check) for check in seen.values())
    assert said(Check("records", State.FAILING, {}, "gone")) == ""


def test_looking_makes_no_database(workspace: Path) -> None:
    assert found(workspace)["database"].state == State.ABSENT
    assert not (workspace / "cases.db").exists()


def test_nothing_there_fails_with_the_remedy(tmp_path: Path, bidlens: Bidlens) -> None:
    told = bidlens("health", "-w", str(tmp_path / "nowhere"))
    assert told.code == 1
    assert "bidlens score" in told.out
    assert not (tmp_path / "nowhere").exists()


def test_wrong_usage_is_exit_code_two(bidlens: Bidlens) -> None:
    assert bidlens("health", "--max-quarantined", "7").code == 2


@pytest.mark.parametrize(
    ("limits", "failing"), [({"max_run_age": 1.0}, "run"), ({"min_free_gb": 1e9}, "disk")]
)
def test_limits_make_checks_fail(workspace: Path, limits: dict[str, float], failing: str) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    seen = checks(workspace, Settings(**limits), later)  # type: ignore[arg-type]
    assert [c.name for c in seen if c.state == State.FAILING] == [failing]


def test_limits_come_from_the_settings_too(workspace: Path, bidlens: Bidlens) -> None:
    (workspace / "bidlens.toml").write_text("min_free_gb = 1e9\n")
    assert bidlens("health", "-w", str(workspace)).code == 1
    assert bidlens("health", "-w", str(workspace), "--min-free-gb", "0").code == 0


def test_a_damaged_table_fails(workspace: Path) -> None:
    next((workspace / "records" / "bids").glob("*.parquet")).unlink()
    assert found(workspace)["records"].state == State.FAILING


def test_a_database_of_another_form_fails(desk: Path) -> None:
    engine = opened(address(desk))
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    check = found(desk)["database"]
    assert (check.state, check.told["revision"]) == (State.FAILING, "9999")


def test_a_run_that_is_not_on_the_desk_fails(desk: Path) -> None:
    (desk / "runs" / "20260101T000000-a").rename(desk / "runs" / "20260102T000000-a")
    (desk / "runs" / "latest").write_text("20260102T000000-a")
    check = found(desk)["database"]
    assert (check.state, check.told["posted_run"]) == (State.FAILING, "20260101T000000-a")


def test_a_log_that_lost_an_entry_fails(desk: Path) -> None:
    engine = opened(address(desk))
    with writing(engine) as session:
        for trigger in session.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
        ).scalars():
            session.execute(text(f"DROP TRIGGER {trigger}"))
        session.execute(text("DELETE FROM audit WHERE seq = 1"))
    engine.dispose()
    assert found(desk)["audit"].state == State.FAILING


def test_a_database_out_of_reach_fails(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_DATABASE", f"postgresql+psycopg://desk:secret@/none?host={workspace}")
    check = found(workspace)["database"]
    assert check.state == State.FAILING
    assert "secret" not in check.why


def test_metrics_are_prometheus_text(desk: Path, tmp_path: Path, bidlens: Bidlens) -> None:
    printed = bidlens("metrics", "-w", str(desk)).out
    read = {
        (s.name, *s.labels.values()): s.value
        for m in text_string_to_metric_families(printed)
        for s in m.samples
    }
    assert read["bidlens_healthy",] == 1
    assert read["bidlens_check_ok", "database"] == 1
    assert read["bidlens_records_rows", "tenders"] == 100
    assert read["bidlens_run_alerts", "ORANGE"] == 2
    assert read["bidlens_audit_entries",] == 2
    assert read["bidlens_last_run_timestamp_seconds",] > 1.7e9
    assert bidlens("metrics", "-w", str(desk), "--to", str(tmp_path / "b.prom")).code == 0
    assert "bidlens_healthy 1.0" in (tmp_path / "b.prom").read_text()


def test_a_file_of_metrics_that_cannot_be_written_is_told(
    desk: Path, tmp_path: Path, bidlens: Bidlens
) -> None:
    done = bidlens("metrics", "-w", str(desk), "--to", str(tmp_path / "nowhere" / "b.prom"))
    assert (done.code, "cannot be written: No such file or directory" in " ".join(done.err.split())) == (
        1,
        True,
    )


def test_a_table_without_its_log_fails(workspace: Path) -> None:
    shutil.rmtree(workspace / "records" / "bids" / "_delta_log")
    assert found(workspace)["records"].state == State.FAILING
    shutil.rmtree(workspace / "records" / "batches" / "_delta_log")
    assert found(workspace)["quarantine"].state == State.FAILING


def test_metrics_of_a_failing_installation_say_so(tmp_path: Path) -> None:
    printed = as_text(checks(tmp_path / "nowhere", Settings()))
    assert "bidlens_healthy 0.0" in printed
    assert healthy([Check("disk")])
