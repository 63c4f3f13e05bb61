import errno
import hashlib
import io
import shutil
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cases.database import address, opened, writing
from cases.operations import backup as backups
from cases.operations import restore as restoring
from cases.operations.archive import Kept
from cases.operations.backup import backup
from cases.operations.restore import restore
from cases.tables import Person, Post
from detect.explain import explain
from detect.kept import latest, save
from detect.rule import all_rules
from detect.score import score
from models.tracking import client_of, new_run
from records.source import BadInput, Busy
from records.store import Store
from records.workspace import locked

Bidlens = Callable[..., Any]


@pytest.fixture(scope="session")
def scored(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with records, a run of some rules, and a desk; nobody may change it."""
    folder = tmp_path_factory.mktemp("scored") / "w"
    shutil.copytree(market, folder)
    store, rules = Store(folder), all_rules()
    few = [rules[name] for name in ("E01", "M01", "Q02", "P01")]
    save(score(store.market(), rules=few, records_version=store.version), folder)
    opened(address(folder)).dispose()
    return folder


def told(workspace: Path) -> dict[str, Any]:
    run = latest(workspace)
    assert run is not None
    worst = run.alerts["tender_id"][0]
    story = explain(run, Store(workspace).market(run.manifest["records_version"]), worst, "en")
    return {**asdict(story), "bids": story.bids.to_dicts()}


def test_a_restored_workspace_explains_the_same_alert_in_the_same_words(
    scored: Path, tmp_path: Path, bidlens: Bidlens
) -> None:
    file = tmp_path / "b.tar"
    assert bidlens("backup", str(file), "-w", str(scored)).code == 0
    assert bidlens("restore", str(file), "-w", str(tmp_path / "new")).code == 0

    assert told(tmp_path / "new") == told(scored)
    assert Store(tmp_path / "new").history().equals(Store(scored).history())


def test_secrets_stay_with_their_owner(scored: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(scored, tmp_path / "own"))
    own.chmod(0o750)
    backup(own, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", tmp_path / "new")

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "key").stat().st_mode) == 0o600
    assert (tmp_path / "new" / "key").read_text() == (scored / "key").read_text()


def test_every_file_has_its_checksum_and_locks_and_drafts_are_left_out(scored: Path, tmp_path: Path) -> None:
    (scored / "runs" / ".unfinished").mkdir(exist_ok=True)
    (scored / "runs" / ".unfinished" / "run.json").write_text("{}")

    made = backup(scored, tmp_path / "b.tar")

    assert not any("lock" in name or "/." in name for name in made.files)
    assert {"key", "cases.db", "runs/latest", "records/head.json"} <= set(made.files)
    assert made.files["key"].sha256 == hashlib.sha256((scored / "key").read_bytes()).hexdigest()


def test_the_desk_is_whole_while_somebody_writes(scored: Path, tmp_path: Path) -> None:
    shutil.copytree(scored, tmp_path / "w")
    engine = opened(address(tmp_path / "w"))
    stop = threading.Event()

    def work() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            with writing(engine) as session:
                session.add_all(Person(name=f"{n}-{i}", shown="x", role="viewer") for i in range(2))

    writer = threading.Thread(target=work)
    writer.start()
    try:
        backup(tmp_path / "w", tmp_path / "b.tar")
    finally:
        stop.set()
        writer.join()
        engine.dispose()
    restore(tmp_path / "b.tar", tmp_path / "new")

    with closing(sqlite3.connect(tmp_path / "new" / "cases.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) % 2 FROM people").fetchone() == (0,)


def test_what_a_copy_speaks_of_is_in_it_while_scoring_goes_on(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Path(shutil.copytree(scored, tmp_path / "w"))
    (work / "watch").mkdir()
    ledger = work / "watch" / "ledger.jsonl"
    ledger.touch()
    engine, n = opened(address(work)), count()
    still = backups._still

    def later(path: Path, *others: Any) -> Any:
        """While each file is read a run is saved, then posted, then told in the ledger."""
        run_id = f"2999-{next(n):03}"
        shutil.copytree(work / "runs" / (work / "runs" / "latest").read_text(), work / "runs" / run_id)
        with writing(engine) as session:
            session.add(Post(run_id=run_id, at=datetime.now(UTC), actor="x", counts={}))
        with ledger.open("a") as lines:
            lines.write(f"{run_id}\n")
        return still(path, *others)

    monkeypatch.setattr(backups, "_still", later)
    made = backup(work, tmp_path / "b.tar")
    engine.dispose()
    restore(tmp_path / "b.tar", tmp_path / "new")

    with closing(sqlite3.connect(tmp_path / "new" / "cases.db")) as copy:
        posted = {row[0] for row in copy.execute("SELECT run_id FROM posts")}
    assert posted
    assert set((tmp_path / "new" / "watch" / "ledger.jsonl").read_text().split()) <= posted
    assert {f"runs/{run_id}/run.json" for run_id in posted} <= set(made.files)


def test_a_killed_backup_leaves_nothing_in_another_folder(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()

    def look(*_: Any) -> Kept:
        seen.update(p.name for p in (tmp_path / "to").iterdir())
        return Kept("", 0, 0)

    monkeypatch.setattr(backups, "_stream", look)
    backup(scored, tmp_path / "to" / "b.tar")
    drafts = {name for name in seen if name.startswith(".b.tar.") and name.endswith(".draft")}
    assert seen == drafts
    assert ".b.tar.draft" in seen
    assert len(seen) == 2


def test_an_import_and_a_backup_exclude_each_other(scored: Path, tmp_path: Path) -> None:
    with locked(scored / "records" / "lock"), pytest.raises(Busy, match="is writing"):
        backup(scored, tmp_path / "b.tar")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")
def test_models_are_found_in_their_new_place(scored: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(scored, old)
    client = client_of(old)
    run = new_run(client, old, "a", {}).info.run_id
    client.log_text(run, "figures", "figures.txt")
    backup(old, tmp_path / "b.tar")
    shutil.rmtree(old)

    restore(tmp_path / "b.tar", tmp_path / "new")

    moved = client_of(tmp_path / "new")
    assert str(tmp_path / "new") in moved.get_run(run).info.artifact_uri
    assert [f.path for f in moved.list_artifacts(run)] == ["figures.txt"]


def test_a_server_is_not_passed_over_in_silence(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bidlens: Bidlens
) -> None:
    monkeypatch.setenv("BIDLENS_DATABASE", "postgresql+psycopg://desk:secret@db/bidlens")
    with pytest.raises(BadInput, match=r"pg_dump .*'postgresql://desk:\*\*\*@db/bidlens'"):
        backup(scored, tmp_path / "b.tar")

    done = bidlens("backup", str(tmp_path / "b.tar"), "-w", str(scored), "--partial")

    assert done.code == 0
    assert "Not in it: the desk's database" in " ".join(done.err.split())
    assert "secret" not in done.out + done.err


def test_a_backup_replaces_nothing_and_lies_elsewhere(scored: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").touch()
    for file in (tmp_path / "b.tar", scored / "b.tar"):
        with pytest.raises(BadInput, match="new file outside of the workspace"):
            backup(scored, file)


def test_restoring_overwrites_nothing(scored: Path, tmp_path: Path) -> None:
    backup(scored, tmp_path / "b.tar")
    with pytest.raises(BadInput, match="needs an empty folder"):
        restore(tmp_path / "b.tar", scored)


@pytest.mark.parametrize("damage", ["cut", "bit", "outside", "text"])
def test_a_damaged_backup_leaves_nothing_behind(damage: str, scored: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    backup(scored, file)
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        content[content.index((scored / "key").read_bytes())] ^= 1
        file.write_bytes(content)
    elif damage == "outside":
        with tarfile.open(file, "a") as tar:
            tar.addfile(tarfile.TarInfo("workspace/../../evil"), io.BytesIO())
    else:
        file.write_text("no tar")

    with pytest.raises(BadInput, match="no whole backup"):
        restore(file, tmp_path / "new")

    assert [p.name for p in tmp_path.iterdir()] == ["b.tar"]


@pytest.mark.parametrize("of", ["backup", "restore"])
def test_a_full_disk_is_told_as_such(
    of: str, scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(scored, tmp_path / "b.tar")

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backups, "_stream", full)
    monkeypatch.setattr(restoring, "_land", full)
    told = (
        "The copy cannot be made: .*No space left"
        if of == "backup"
        else "workspace cannot be made: .*No space"
    )
    with pytest.raises(BadInput, match=told):
        backup(scored, tmp_path / "c.tar") if of == "backup" else restore(
            tmp_path / "b.tar", tmp_path / "new"
        )
    assert [p.name for p in tmp_path.iterdir()] == ["b.tar"]


def test_a_place_that_is_no_folder_is_told(scored: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="copy cannot be made"):
        backup(scored, tmp_path / "file" / "b.tar")
