import json
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
from typer import Typer
from typer.testing import CliRunner

from cases.audit import verify as verify_log
from cases.commands.package import commands
from cases.database import address, opened, reading
from cases.tables import Entry
from detect.commands.read import commands as read
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
    found: dict[str, object] = _json_of(commands, *words)
    return found


def _json_of(of: Typer, *words: object) -> Any:
    done = RUN.invoke(of, [*map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


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


@pytest.fixture
def added(workspace: Path, tmp_path: Path) -> tuple[Path, str]:
    """The workspace after a run was added to its full run by which some tenders say more; and its id."""
    folder = Path(shutil.copytree(workspace, tmp_path / "w"))
    more = score(Store(folder).market(), rules=[all_rules()[i] for i in ("E01", "E08")], records_version=1)
    scope = {"base_run": (folder / "runs" / "latest").read_text(), "point": "award"}
    told = more.alerts.filter(pl.col("rule_ids").list.contains("E08"))["tender_id"][:1].implode()
    few = {f.name: getattr(more, f.name) for f in fields(more) if f.name in {"alerts", "scores"}}
    few = {name: frame.filter(pl.col("tender_id").is_in(told)) for name, frame in few.items()}
    save(replace(more, **few, manifest={**more.manifest, "scope": scope}), folder)
    return folder, more.run_id


def test_what_an_added_run_says_of_a_tender_goes_before_the_full_run(
    added: tuple[Path, str], workspace: Path, tmp_path: Path
) -> None:
    folder, run_id = added
    listed = _json_of(read, "alerts", "-w", folder, "--all", "-n", 999)
    (again,) = [a for a in listed if "E08" in a["rule_ids"]]
    before = _json_of(read, "alerts", "-w", workspace, "--all", "-n", 999)
    others = {a["tender_id"] for a in before} - {again["tender_id"]}
    assert sorted(a["tender_id"] for a in listed) == sorted({*others, again["tender_id"]})
    shown = RUN.invoke(read, ["alerts", "-w", str(folder)])
    assert "and 1 added to it" in " ".join(shown.output.split())

    made = _json("package", again["tender_id"], "-w", folder, "-o", tmp_path / "case.zip")
    with ZipFile(str(made["file"])) as case:
        assert json.loads(case.read("manifest.json"))["run"]["run_id"] == run_id
        assert "E08" in case.read("case.json").decode()


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
