import os
import re
import runpy
import shlex
import stat
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Bidlens = Callable[..., Any]
DOCS = Path(__file__).parents[3] / "docs"
FILES = DOCS / "operations"


def commands(guide: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / guide).read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_every_command_of_the_guide_does_what_it_says(
    bidlens: Bidlens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path / "workspace"))
    (tmp_path / "inbox").mkdir()
    (tmp_path / "backups").mkdir()
    toml = re.findall(r"```toml\n(.*?)```", (DOCS / "operations.md").read_text("utf-8"), re.DOTALL)[0]
    asked = [line for line in commands("operations.md") if re.match(r"bidlens (?!app)", line)]
    assert len(asked) > 12
    for line in asked:
        if line == "bidlens settings":
            (tmp_path / "workspace" / "bidlens.toml").write_text(toml, "utf-8")
        done = bidlens(*shlex.split(line.replace("/var/lib/bidlens", str(tmp_path)))[1:])
        assert done.code == 0, (line, done.err)
    assert "bidlens_healthy 1.0" in (tmp_path / "bidlens.prom").read_text()


def test_both_guides_give_the_same_commands() -> None:
    assert commands("operations.zh.md") == commands("operations.md")


@pytest.mark.parametrize("guide", ["operations.md", "operations.zh.md"])
def test_the_files_that_a_guide_names_are_there(guide: str) -> None:
    for name in re.findall(r"\]\(([^):#]+)\)", (DOCS / guide).read_text("utf-8")):
        assert (DOCS / name).exists(), name


def night(tmp_path: Path, codes: str, **variables: str) -> tuple[int, list[str]]:
    """Run the night with a `bidlens` whose n-th call ends with the n-th code."""
    fake = tmp_path / "bin" / "bidlens"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\necho "$1" >> {tmp_path}/calls\n'
        f'exit "$(echo {codes} 0 0 0 0 0 0 0 | cut -d " " -f "$(wc -l < {tmp_path}/calls)")"\n'
    )
    fake.chmod(0o755)
    (tmp_path / "backups").mkdir(exist_ok=True)
    places = {"BIDLENS_WORKSPACE": "w", "INBOX": "i", "BACKUPS": str(tmp_path / "backups"), "PAUSES": "0 0"}
    environment = {
        **places,
        **variables,
        "METRICS": "m",
        "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(["sh", str(FILES / "nightly.sh")], env=environment, check=False)
    return done.returncode, (tmp_path / "calls").read_text().split()


@pytest.mark.parametrize(
    ("codes", "ends", "calls"),
    [
        ("0", 0, "watch score backup prune health metrics"),
        ("75 75 0", 0, "watch watch watch score backup prune health metrics"),
        ("75 75 75", 75, "watch watch watch score backup prune health metrics"),
        ("1 0 0 0 0", 1, "watch score backup prune health metrics"),
        ("0 0 0 0 1", 1, "watch score backup prune health metrics"),
    ],
)
def test_the_night_tries_again_and_tells_the_first_failure(
    codes: str, ends: int, calls: str, tmp_path: Path
) -> None:
    assert night(tmp_path, codes) == (ends, calls.split())


def test_where_a_service_watches_the_night_does_not(tmp_path: Path) -> None:
    assert night(tmp_path, "0", WATCHED="yes")[1] == ["score", "backup", "prune", "health", "metrics"]


@pytest.mark.parametrize(("code", "stays"), [("0", set[str]()), ("1", {"bidlens-old.tar"})])
def test_old_copies_go_when_there_is_a_new_one_and_drafts_always(
    code: str, stays: set[str], tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    draft = backups / ".bidlens-old.tar.x.draft"
    draft.mkdir(parents=True)
    (draft / "copy.db").touch()
    old = [backups / "bidlens-old.tar", backups / ".bidlens-old.tar.draft", draft]
    young = {"bidlens-young.tar", ".bidlens-young.tar.draft", "other.tar"}
    for path in (*old[:2], *(backups / name for name in young)):
        path.touch()
    for path in (*old, backups / "other.tar"):
        os.utime(path, (0, 0))

    assert night(tmp_path, f"0 0 {code}")[0] == int(code)

    assert {p.name for p in backups.iterdir()} == young | stays


def unit(name: str) -> dict[str, str]:
    text = (FILES / f"bidlens-{name}.service").read_text("utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")


def test_a_unit_that_is_stopped_has_not_failed_and_wrong_usage_is_not_repeated() -> None:
    assert [unit(n)["SuccessExitStatus"] for n in ("watch", "nightly", "dashboard")] == ["143"] * 3
    assert unit("watch")["RestartPreventExitStatus"] == "2"


def test_the_nightly_service_may_write_where_the_variables_say() -> None:
    told = dict(
        re.findall(r"^#? ?([A-Z_]+)=(/\S+)", (FILES / "nightly.env").read_text("utf-8"), re.MULTILINE)
    )
    may = [Path(p.removeprefix("-")) for p in unit("nightly")["ReadWritePaths"].split()]
    for name in ("BIDLENS_WORKSPACE", "BACKUPS", "METRICS"):
        assert any(Path(told[name]).is_relative_to(folder) for folder in may), name


def test_the_container_is_made_without_what_git_leaves_out() -> None:
    left_out = (DOCS.parent / ".gitignore").read_text("utf-8").split()
    expected = [line.strip("/") if line[0] == "/" else f"**/{line.strip('/')}" for line in left_out]
    ignored = (DOCS.parent / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[1:] == [".git", *expected]


def test_the_night_may_be_run() -> None:
    assert (FILES / "nightly.sh").stat().st_mode & stat.S_IXUSR


class GiveUp(Exception):  # noqa: N818
    pass


class Step:
    """A task of a DAG: what it does, when, and after which others."""

    def __init__(self, act: Callable[[], None], rule: str, made: "list[Step]") -> None:
        self.act, self.rule, self.after, self.state = act, rule, list[Step](), ""
        made.append(self)

    def __rshift__(self, other: "Step") -> "Step":
        other.after.append(self)
        return other

    def __rrshift__(self, others: "list[Step]") -> "Step":
        self.after += others
        return self

    def run(self) -> None:
        """As Airflow does: by its rule, once the others have ended."""
        assert all(s.state for s in self.after)
        well = all(s.state == "success" for s in self.after)
        if self.rule == "all_success" and not well:
            self.state = "upstream_failed"
            return
        try:
            self.act()
            self.state = "success"
        except (GiveUp, RuntimeError):
            self.state = "failed"


@pytest.fixture
def tasks() -> list[Step]:
    return []


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch, tasks: list[Step]) -> dict[str, Any]:
    """The DAG's module, with stand-ins for Airflow's decorators that note the tasks in their order."""

    def task(act: Any = None, *, trigger_rule: str = "all_success") -> Any:
        if act is None:
            return lambda act: task(act, trigger_rule=trigger_rule)
        return lambda: Step(act, trigger_rule, tasks)

    sdk, exceptions = types.ModuleType("airflow.sdk"), types.ModuleType("airflow.sdk.exceptions")
    sdk.dag, sdk.task = (lambda **_: lambda act: act), task  # type: ignore[attr-defined]
    exceptions.AirflowFailException = GiveUp  # type: ignore[attr-defined]
    for name, module in (("", types.ModuleType("airflow")), (".sdk", sdk)):
        monkeypatch.setitem(sys.modules, f"airflow{name}", module)
    monkeypatch.setitem(sys.modules, "airflow.sdk.exceptions", exceptions)
    for name in ("BIDLENS", "INBOX", "BACKUPS", "READER", "WATCHED", "METRICS"):
        monkeypatch.delenv(name, raising=False)
    return runpy.run_path(str(FILES / "bidlens_nightly.py"))


@pytest.mark.usefixtures("airflow")
@pytest.mark.parametrize(
    ("fails", "calls", "ends"),
    [
        ("", "watch score backup find find prune health metrics", "success"),
        ("watch", "watch score backup find find prune health metrics", "upstream_failed"),
        ("score", "watch score backup find find prune health metrics", "upstream_failed"),
        ("backup", "watch score backup prune health metrics", "upstream_failed"),
    ],
)
def test_the_dag_does_what_the_night_does_and_fails_with_any_step(
    fails: str, calls: str, ends: str, tasks: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        called.append(words[1] if "bidlens" in words[0] else words[0])
        return subprocess.CompletedProcess(words, int(called[-1] == fails))

    monkeypatch.setenv("METRICS", "m")
    monkeypatch.setattr(subprocess, "run", run)
    for step in tasks:
        step.run()
    assert called == calls.split()
    (last,) = [t for t in tasks if not any(t in other.after for other in tasks)]
    assert last.state == ends


@pytest.mark.parametrize(("code", "told"), [(75, RuntimeError), (-9, RuntimeError), (1, GiveUp), (2, GiveUp)])
def test_the_dag_tries_again_only_where_that_helps(
    code: int, told: type[Exception], airflow: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], code)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(told, match="bidlens watch"):
        airflow["bidlens"]("watch", "inbox")


def test_the_dag_goes_on_after_success(airflow: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(words)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(subprocess, "run", run)
    airflow["bidlens"]("health")
    assert calls == [["/opt/bidlens/bin/bidlens", "health"]]
