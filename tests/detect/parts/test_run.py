import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from detect.commands.judge import commands, scorers
from detect.kept import Run, latest
from detect.parts.local import Local
from detect.parts.run import SIZE, Engine, finished, score_in_parts
from detect.parts.tasks import make
from detect.parts.work import PREFIX, Task, Work
from features.parting import parts_of
from records.simulate import into_store
from records.source import BadInput, Busy
from records.tables import market_of

Same = Callable[[Run, Run], None]
Scored = tuple[Path, Run]


def in_parts(workspace: Path, size: int, **options: Any) -> Run:
    return score_in_parts(workspace, size=size, **scorers(workspace), **options)


@pytest.fixture
def workspace(scored: Scored, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored[0], tmp_path / "workspace"))


def done(workspace: Path) -> list[str]:
    return sorted(f"{p.parent.name}/{p.name}" for p in workspace.glob(f"runs/{PREFIX}*/[!.]*/*"))


@pytest.mark.parametrize("size", [1000, 70])
def test_parts_give_the_run_of_the_whole(workspace: Path, scored: Scored, same: Same, size: int) -> None:
    same(in_parts(workspace, size), scored[1])
    assert len([task for task in done(workspace) if task.startswith("part/")]) == 200 // size + 1
    finished(workspace)
    assert done(workspace) == []


@pytest.mark.slow
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.integers(1, 10_000), st.integers(60, 250), st.sampled_from([0.0, 0.05]))
def test_random_markets_in_parts(
    same: Same, judged_whole: Callable[[Path], Run], seed: int, size: int, defects: float
) -> None:
    with TemporaryDirectory() as folder:
        into_store(Path(folder), 250, seed, defects=defects)
        same(in_parts(Path(folder), size), judged_whole(Path(folder)))


class Stopped(Exception):  # noqa: N818
    pass


def stopping_after(n: int) -> Engine:
    did = iter(range(n))

    def engine(work: Work, stages: Sequence[Sequence[Task]]) -> Iterator[Task]:
        for task in chain.from_iterable(stages):
            if next(did, None) is None:
                raise Stopped
            make(work, task)
            yield task

    return engine


def test_what_is_done_is_not_done_again(workspace: Path, scored: Scored, same: Same) -> None:
    with pytest.raises(Stopped):
        in_parts(workspace, 100, engine=stopping_after(5))
    before = done(workspace)
    assert len(before) == 5
    steps: list[tuple[int, int, float | None]] = []
    same(in_parts(workspace, 100, told=lambda *told: steps.append(told)), scored[1])
    assert steps[0] == (5, len(done(workspace)), None)
    assert steps[-1][:2] == (steps[0][1],) * 2


def test_other_parts_or_records_begin_anew(workspace: Path) -> None:
    for size in (100, 50):
        with pytest.raises(Stopped):
            in_parts(workspace, size, engine=stopping_after(2))
        assert len(done(workspace)) == 2
        assert len(list(workspace.glob(f"runs/{PREFIX}*/"))) == 1
    into_store(workspace, 100, 5)
    with pytest.raises(Stopped):
        in_parts(workspace, 50, engine=stopping_after(1))
    assert len(done(workspace)) == 1


def kill_a_worker() -> None:
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(int(pid), signal.SIGKILL)
            return
    pytest.fail("there was no worker")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")
def test_a_killed_worker_costs_time_alone(workspace: Path, scored: Scored, same: Same) -> None:
    killed: list[float] = []

    def told(*_: object) -> None:
        if len(done(workspace)) == 4 and not killed:
            kill_a_worker()
            killed.append(time.monotonic())

    same(in_parts(workspace, 70, engine=Local(2), told=told), scored[1])
    assert killed


def test_workers_that_keep_dying_are_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying:
        def __call__(self, *_: object) -> Iterator[Task]:
            from concurrent.futures.process import BrokenProcessPool

            raise BrokenProcessPool

    monkeypatch.setattr("detect.parts.local.Parallel", lambda *_, **__: Dying())
    with pytest.raises(BadInput, match="died 3 times without finishing a task"):
        in_parts(workspace, 70, engine=Local(2))


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(workspace: Path, scored: Scored, same: Same) -> None:
    command = [sys.executable, "-m", "bidlens", "score", "-w", str(workspace), "--part-size", "50", "--json"]
    for n in (14,):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(done(workspace)) < n and child.poll() is None:
            time.sleep(0.01)
        child.kill()
        assert child.wait() == -signal.SIGKILL
        assert latest(workspace) is None
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    run = latest(workspace)
    assert run is not None
    same(run, scored[1])
    assert done(workspace) == []
    assert len(list(workspace.glob("runs/[0-9]*"))) == 1


def test_the_engine_spark_needs_the_address_of_a_cluster(workspace: Path) -> None:
    asked = CliRunner().invoke(commands, ["score", "-w", str(workspace), "--engine", "spark"])
    assert asked.exit_code == 2
    assert "--master" in asked.output


@pytest.mark.parametrize(("whole", "parts"), [(199, True), (200, False)])
def test_many_tenders_are_scored_in_parts_in_any_case(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, whole: int, parts: bool
) -> None:
    sizes: list[int] = []

    def spied(*words: Any, size: int, **options: Any) -> Run:
        sizes.append(size)
        return score_in_parts(*words, size=size, **options)

    monkeypatch.setattr("detect.parts.run.score_in_parts", spied)
    monkeypatch.setattr("detect.parts.run.WHOLE", whole)
    assert CliRunner().invoke(commands, ["score", "-w", str(workspace)]).exit_code == 0
    assert sizes == [SIZE] * parts


def test_a_second_run_in_parts_has_to_wait(workspace: Path) -> None:
    def told(*_: object) -> None:
        with pytest.raises(Busy, match="is writing to this workspace"):
            in_parts(workspace, 100)
        raise Stopped

    with pytest.raises(Stopped):
        in_parts(workspace, 100, told=told)


def test_a_tender_lies_with_the_calls_before_it_and_every_named_one_lies_somewhere() -> None:
    tenders = pl.DataFrame(
        {"tender_id": ["T1", "T2", "T3", "T4"], "retender_of": ["T3", None, "T0", None], "batch_id": "b"}
    )
    bids = pl.DataFrame({"bid_id": ["b"], "tender_id": ["T9"], "bidder_id": ["F"], "batch_id": ["b"]})
    parts = dict(parts_of(market_of(tenders=tenders, bids=bids), 2).iter_rows())
    assert set(parts) == {"T1", "T2", "T3", "T4", "T9"}
    assert parts["T1"] == parts["T3"]
    assert set(parts.values()) == {0, 1, 2}
