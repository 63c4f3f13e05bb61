import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.cluster import Cluster, running
from detect.commands.judge import scorers
from detect.kept import Run
from detect.parts.run import finished, score_in_parts
from detect.parts.spark import Spark
from detect.parts.work import PREFIX
from records.simulate import into_store
from records.source import BadInput

Same = Callable[[Run, Run], None]
Scored = tuple[Path, Run]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    with running(tmp_path_factory.mktemp("cluster"), workers=2) as started:
        yield started


@pytest.fixture
def workspace(scored: Scored, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored[0], tmp_path / "workspace"))


def in_parts(workspace: Path, size: int = 100, **options: Any) -> Run:
    return score_in_parts(workspace, size=size, **scorers(workspace), **options)


@pytest.mark.slow
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.integers(1, 10_000), st.integers(40, 150), st.sampled_from([0.0, 0.05]))
def test_random_markets_on_a_cluster(
    cluster: Cluster, same: Same, judged_whole: Callable[[Path], Run], seed: int, size: int, defects: float
) -> None:
    with TemporaryDirectory() as folder:
        into_store(Path(folder), 150, seed, defects=defects)
        same(in_parts(Path(folder), size, engine=Spark(cluster.master)), judged_whole(Path(folder)))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kills a group of processes")
def test_two_workers_give_the_run_of_one_machine_though_one_is_killed(
    cluster: Cluster, workspace: Path, scored: Scored, same: Same
) -> None:
    killed: list[int] = []

    def told(done: int, *_: object) -> None:
        if done >= 2 and not killed:
            killed.append(cluster.started[-1])
            os.killpg(killed[0], signal.SIGKILL)

    same(in_parts(workspace, engine=Spark(cluster.master), told=told), scored[1])
    assert killed
    finished(workspace)
    assert not list(workspace.glob(f"runs/{PREFIX}*/"))


def test_without_pyspark_the_remedy_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(BadInput, match=r"pip install 'bidlens\[spark\]'"):
        in_parts(workspace, engine=Spark("local[2]"))


def test_without_java_the_remedy_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(BadInput, match="Install Java 17"):
        in_parts(workspace, engine=Spark("local[2]"))
