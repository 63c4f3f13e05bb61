import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake.exceptions import DeltaError
from sqlalchemy import select

from cases.database import address, looking
from cases.operations.ledger import Ledger, Line, Look, Step
from cases.operations.watch import Watch, watch
from cases.tables import Alert
from detect.kept import latest, save
from detect.parts.run import score_in_parts
from detect.rule import all_rules
from detect.score import score
from records.source import BadInput, Busy
from records.store import Store
from records.workspace import locked

Bidlens = Callable[..., Any]
ROOT = Path(__file__).parents[3]


def export(folder: Path, name: str, tender: str, *, under: str | None = None) -> Path:
    """A folder of tables in which two bidders share a device, written under another name first."""
    draft = folder / (under or f"{name}.tmp")
    draft.mkdir(parents=True)
    deadline = ["2025-03-01T00:00:00Z"]
    pl.DataFrame({"tender_id": [tender], "deadline_at": deadline}).write_csv(draft / "tenders.csv")
    bids = {
        "bid_id": [f"{tender}{b}" for b in "AB"],
        "tender_id": tender,
        "bidder_id": list("AB"),
        "amount": 9,
    }
    pl.DataFrame(bids).write_csv(draft / "bids.csv")
    device = {
        "tender_id": tender,
        "bidder_id": list("AB"),
        "kind": "author_mac",
        "value": "00-11-22-33-44-55",
    }
    pl.DataFrame(device).write_csv(draft / "identifiers.csv")
    return draft.rename(folder / name)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "w"


def judge(workspace: Path) -> None:
    store = Store(workspace)
    save(score(store.market(), rules=[all_rules()["E02"]], records_version=store.version), workspace)


def watched(inbox: Path, workspace: Path, source: str = "tables") -> Watch:
    return Watch(inbox, workspace, source, lambda _: judge(workspace))


def runs(workspace: Path) -> int:
    return len(list((workspace / "runs").glob("*/run.json")))


def alerts(workspace: Path) -> list[str]:
    run = latest(workspace)
    assert run is not None
    return sorted(run.alerts["tender_id"])


def test_an_export_is_taken_once_it_has_not_changed_between_two_looks(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday", "T1", under="monday-being-written")
    seen = watched(inbox, workspace)

    assert seen.turn().imported == []
    assert seen.waiting()
    with (inbox / "monday" / "bids.csv").open("a") as file:
        file.write("T1C,T1,C,8\n")
    assert seen.turn().imported == []
    assert seen.turn().imported == ["monday"]
    assert seen.turn().imported == []

    assert Store(workspace).market().bids.collect().height == 3
    assert (runs(workspace), alerts(workspace)) == (1, ["T1"])


def test_a_rename_from_a_temporary_name_says_that_it_is_complete(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday.part", "T1", under="elsewhere.part")
    seen = watched(inbox, workspace)
    assert seen.turn().imported == []
    (inbox / "monday.part").rename(inbox / "monday")
    assert seen.turn().imported == ["monday"]


def test_a_bad_file_is_recorded_with_its_reason_and_the_rest_goes_on(inbox: Path, workspace: Path) -> None:
    (inbox / "a-bad.csv").write_text("what,is\nthis,here\n")
    (inbox / "b-bad.parquet").write_bytes(b"no parquet")
    export(inbox, "c-good", "T1")
    seen = watched(inbox, workspace)
    seen.turn()

    done = seen.turn()

    assert done.imported == ["c-good"]
    assert sorted(done.refused) == ["a-bad.csv", "b-bad.parquet"]
    assert "Nothing says what the files" in done.refused["a-bad.csv"]
    assert alerts(workspace) == ["T1"]
    again = watched(inbox, workspace)
    again.turn()
    assert again.turn().refused == {}
    lines = {line.look.name: line for line in again.ledger.lines()}
    assert (lines["a-bad.csv"].step, lines["a-bad.csv"].why[:7]) == (Step.REFUSED, "Nothing")


def test_a_refused_file_that_was_mended_gets_another_try(inbox: Path, workspace: Path) -> None:
    (inbox / "tenders.csv").write_text("what\nthis\n")
    seen = watched(inbox, workspace)
    assert [seen.turn().refused for _ in range(2)][-1]
    (inbox / "tenders.csv").write_text("tender_id\nT1\n")
    assert [seen.turn().imported for _ in range(2)][-1] == ["tenders.csv"]


def test_a_refused_file_gets_another_try_when_the_mapping_beside_it_changes(
    inbox: Path, workspace: Path
) -> None:
    (inbox / "monday.csv").write_text("what\nT1\n")
    mapping = '[[files]]\nfile = "monday.csv"\ntable = "tenders"\n[files.columns]\n{} = "tender_id"\n'
    (inbox / "mapping.toml").write_text(mapping.format("who"))
    seen = watched(inbox, workspace)
    assert [seen.turn().refused for _ in range(2)][-1]
    (inbox / "mapping.toml").write_text(mapping.format("what"))
    assert seen.turn().imported == ["monday.csv"]
    assert Store(workspace).market().tenders.collect()["tender_id"].to_list() == ["T1"]
    assert [seen.turn().imported for _ in range(2)] == [[], []]


def test_the_same_content_under_another_name_is_taken_once(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday", "T1")
    list(watch(watched(inbox, workspace), 0.05, once=True))
    shutil.copytree(inbox / "monday", inbox / "tuesday")

    done = list(watch(watched(inbox, workspace), 0.05, once=True))

    assert not any(d.imported or d.scored for d in done)
    assert (Store(workspace).version, runs(workspace)) == (1, 1)


def test_what_was_imported_and_not_scored_is_scored_at_the_next_start(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday", "T1")

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(watch(Watch(inbox, workspace, "tables", killed), 0.05, once=True))
    assert (Store(workspace).version, runs(workspace)) == (1, 0)

    done = next(iter(watch(watched(inbox, workspace), 0.05, once=True)))

    assert done.scored
    assert (Store(workspace).version, alerts(workspace)) == (1, ["T1"])


def test_an_export_waits_while_somebody_else_imports(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday", "T1")
    Store.open_or_create(workspace)
    seen = watched(inbox, workspace)
    seen.turn()
    with locked(workspace / "records" / "lock"):
        assert list(seen.turn().postponed) == ["monday"]
    assert seen.turn().imported == ["monday"]


@pytest.mark.parametrize("problem", [MemoryError(), DeltaError("No space left on device")])
def test_an_export_waits_while_the_machine_has_no_room(
    inbox: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    export(inbox, "monday", "T1")
    seen = watched(inbox, workspace)
    seen.turn()

    def full(*_: object, **__: object) -> None:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr(Store, "import_", full)
        assert list(seen.turn().postponed) == ["monday"]
    assert seen.turn().imported == ["monday"]


def test_scoring_waits_while_somebody_else_is_at_it(inbox: Path, workspace: Path) -> None:
    export(inbox, "monday", "T1")
    busy = [True]

    def score_next_time(_: object) -> None:
        if busy:
            busy.pop()
            raise Busy("Another process scores", "here", "Try again.")
        judge(workspace)

    seen = Watch(inbox, workspace, "tables", score_next_time)
    seen.turn()
    done = seen.turn()
    assert (done.imported, list(done.postponed), done.scored) == (["monday"], ["monday"], False)
    assert seen.turn().scored
    assert alerts(workspace) == ["T1"]
    assert set(seen.ledger.steps.values()) == {Step.SCORED}


def test_there_is_one_watch_for_a_workspace(inbox: Path, workspace: Path) -> None:
    seen = watched(inbox, workspace)
    with locked(workspace / "watch" / "lock"), pytest.raises(Busy, match="Try again"):
        list(watch(seen, 0.05, once=True))


def test_a_line_that_was_cut_short_counts_as_not_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    ledger.write(Line(Step.IMPORTED, "a", Look("a", 1, 1), "r"))
    with (tmp_path / "l").open("ab") as file:
        file.write(b'{"step":"scored","batch_id":"a"')

    again = Ledger(tmp_path / "l")
    assert again.unscored() == ["a"]
    again.write(Line(Step.SCORED, "a", Look("a", 1, 1), "r"))
    assert Ledger(tmp_path / "l").unscored() == []


def test_a_folder_that_is_not_there_is_refused(workspace: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        watched(workspace / "nowhere", workspace)


def test_exit_codes_of_one_turn(inbox: Path, workspace: Path, bidlens: Bidlens) -> None:
    words = ("watch", str(inbox), "-w", str(workspace), "--once", "--interval", "0.05", "--no-model")
    assert bidlens(*words).code == 0
    export(inbox, "monday", "T1")
    with locked(workspace / "watch" / "lock"):
        assert bidlens(*words).code == 75
    (inbox / "bad.csv").write_text("what\nthis\n")
    done = bidlens(*words)
    assert done.code == 1
    assert "Imported monday" in done.out
    assert "bad.csv: Nothing says" in " ".join(done.err.split())
    assert bidlens(*words).code == 0


def test_the_first_run_is_made_in_parts_where_the_settings_say_so(
    inbox: Path, workspace: Path, bidlens: Bidlens, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def spied(*words: Any, size: int, **options: Any) -> Any:
        sizes.append(size)
        return score_in_parts(*words, size=size, **options)

    monkeypatch.setattr("detect.parts.run.score_in_parts", spied)
    workspace.mkdir()
    (workspace / "bidlens.toml").write_text("part_size = 7\n")
    export(inbox, "monday", "T1")
    words = ("watch", str(inbox), "-w", str(workspace), "--once", "--interval", "0.05", "--no-model")
    assert bidlens(*words).code == 0
    assert sizes == [7]
    assert alerts(workspace) == ["T1"]


def test_being_asked_to_end_is_an_end_like_others(
    inbox: Path, workspace: Path, bidlens: Bidlens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "json")
    monkeypatch.setattr(time, "sleep", lambda _: os.kill(os.getpid(), signal.SIGTERM))

    done = bidlens("watch", str(inbox), "-w", str(workspace))

    assert (done.code, done.lines()[-1]["exit_code"]) == (143, 143)
    assert not (workspace / "watch" / "lock.pid").exists()


@pytest.mark.slow
def test_killed_at_random_moments_it_loses_and_doubles_nothing(inbox: Path, workspace: Path) -> None:
    words = [sys.executable, "-m", "bidlens", "watch", str(inbox), "-w", str(workspace), "--no-model"]
    moments, names = random.Random(7), [f"T{n}" for n in range(4)]
    for name in names:
        export(inbox, f"export-{name}", name)
        with subprocess.Popen(
            [*words, "--interval", "0.1"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            time.sleep(moments.uniform(1.5, 6))
            child.send_signal(signal.SIGKILL)
    (inbox / "bad.csv").write_text("what\nthis\n")

    ended = subprocess.run(
        [*words, "--interval", "0.1", "--once"], cwd=ROOT, capture_output=True, check=False
    )

    assert ended.returncode == 1, ended.stderr.decode()
    store = Store(workspace)
    assert store.batches()["batch_id"].n_unique() == store.batches().height == len(names)
    assert sorted(store.market().bids.collect()["bid_id"]) == sorted(f"{t}{b}" for t in names for b in "AB")
    assert store.market().identifiers.collect().height == 2 * len(names)
    with looking(address(workspace)) as session:
        on_desk = session.execute(select(Alert.subject_id, Alert.place).where(Alert.grain == "tender"))
        assert sorted(map(tuple, on_desk)) == [(name, "queue") for name in names]
    steps = Ledger(workspace / "watch" / "ledger.jsonl").steps
    assert sorted(steps.values()) == [Step.REFUSED] + [Step.SCORED] * len(names)
