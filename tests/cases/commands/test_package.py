import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.audit import verify as verify_log
from cases.commands.package import commands
from cases.database import address, opened, reading
from cases.tables import Entry
from detect.kept import save
from detect.rule import all_rules
from detect.score import score
from records.simulate import into_store
from records.source import BadInput
from records.store import Store

RUN = CliRunner()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    into_store(folder, 100, 4)
    save(score(Store(folder).market(), rules=[all_rules()["E01"]], records_version=1), folder)
    return folder


@pytest.fixture(scope="module")
def tender(workspace: Path) -> str:
    from detect.kept import latest

    run = latest(workspace)
    assert run is not None
    return str(run.alerts["tender_id"][0])


def _json(*words: object) -> dict[str, object]:
    done = RUN.invoke(commands, [*map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def made(workspace: Path, tender: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    file = tmp_path_factory.mktemp("out") / "case.zip"
    return _json("package", tender, "-w", workspace, "--lang", "zh", "-o", file)


def test_a_package_is_written_verified_and_logged(workspace: Path, made: dict[str, object]) -> None:
    checked = _json("verify", made["file"], "--key", made["fingerprint"])
    assert (checked["holds"], checked["key_checked"]) == (True, True)
    engine = opened(address(workspace))
    with reading(engine) as session:
        assert session.get_one(Entry, made["audit_entry"]).action == "package.write"
        assert verify_log(session) == []
    engine.dispose()


def test_a_package_that_fails_is_exit_code_one(made: dict[str, object], tmp_path: Path) -> None:
    whole, spoilt = Path(str(made["file"])), tmp_path / "case.zip"
    assert RUN.invoke(commands, ["verify", str(whole)]).exit_code == 0
    spoilt.write_bytes(whole.read_bytes().replace(b'"bidlens-case-1"', b'"bidlens-case-2"'))
    done = RUN.invoke(commands, ["verify", str(spoilt)])
    assert done.exit_code == 1
    assert "FAILS case.json is as it was signed" in done.output.replace("  ", " ")
    assert RUN.invoke(commands, ["verify", str(whole), "--key", "ab" * 32]).exit_code == 1


def test_without_a_key_it_says_that_nobody_was_identified(made: dict[str, object]) -> None:
    said = RUN.invoke(commands, ["verify", str(made["file"])]).output
    assert "Whose key that is was not checked" in " ".join(said.split())


def test_who_may_not_export_is_told_so(workspace: Path, tender: str, tmp_path: Path) -> None:
    words = ["package", tender, "-w", str(workspace), "--role", "viewer", "-o", str(tmp_path / "x.zip")]
    with pytest.raises(BadInput, match="may not 'export'"):
        RUN.invoke(commands, words, catch_exceptions=False)
    assert not (tmp_path / "x.zip").exists()


def test_unmasking_needs_a_reason(workspace: Path, tender: str) -> None:
    done = RUN.invoke(commands, ["package", tender, "-w", str(workspace), "--unmask", " "])
    assert done.exit_code == 2


@pytest.mark.parametrize("form", ["csv", "xlsx", "402"])
def test_the_queue_is_exported(workspace: Path, tmp_path: Path, form: str) -> None:
    told = _json("export", "-w", workspace, "--format", form, "-o", tmp_path / "queue")
    assert told["rows"]
    assert (tmp_path / "queue").stat().st_size > 500
