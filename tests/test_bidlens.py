import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def bidlens(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bidlens", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    made = bidlens("simulate", "--tenders", "300", "--seed", "5", "-w", str(folder), "--json")
    assert made.returncode == 0, made.stderr
    scored = bidlens("score", "-w", str(folder), "--json")
    assert scored.returncode == 0, scored.stderr
    return folder


def test_demo_shows_alerts_and_the_way_to_the_dashboard(tmp_path: Path) -> None:
    done = bidlens("demo", "-w", str(tmp_path / "w"))
    assert done.returncode == 0, done.stderr
    assert "RED" in done.stdout
    assert "make app" in done.stdout


def test_alerts_come_worst_first(workspace: Path) -> None:
    found = json.loads(bidlens("alerts", "-w", str(workspace), "--json", "-n", "50").stdout)
    keys = [(a["level"], a["attention"]) for a in found]
    assert keys
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_explain_tells_a_tender_in_words(workspace: Path, lang: str) -> None:
    worst = json.loads(bidlens("alerts", "-w", str(workspace), "--json", "-n", "1").stdout)[0]["tender_id"]
    told = bidlens("explain", worst, "-w", str(workspace), "--lang", lang)
    assert told.returncode == 0, told.stderr
    assert {"en": "Innocent reading", "zh": "可能的正当解释"}[lang] in told.stdout
    story = json.loads(bidlens("explain", worst, "-w", str(workspace), "--json").stdout)
    assert story["tender_id"] == worst
    assert story["findings"]


def test_coverage_counts_every_tender_under_every_rule(workspace: Path) -> None:
    table = json.loads(bidlens("coverage", "-w", str(workspace), "--json").stdout)
    assert {sum(r[s] for s in ("hit", "clear", "not_evaluable", "not_applicable")) for r in table} == {300}


def test_rules_are_listed_in_both_languages() -> None:
    assert "Same authoring device" in bidlens("rules").stdout
    assert "保证金" in bidlens("rules", "--lang", "zh").stdout
    assert {r["id"] for r in json.loads(bidlens("rules", "--json").stdout)} >= {"E01", "M01", "Q02"}


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("score", "-w", "nowhere"), "bidlens import"),
        (("import", "no-such-file.json", "--source", "ocds"), "Check the path"),
        (("import", "README.md", "--source", "telepathy"), "Choose one of"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_code_one(
    words: tuple[str, ...], remedy: str, tmp_path: Path
) -> None:
    extra = () if "-w" in words else ("-w", str(tmp_path))
    failed = bidlens(*words, *extra)
    assert failed.returncode == 1
    assert remedy in failed.stderr
    assert "Traceback" not in failed.stderr


def test_wrong_usage_is_exit_code_two() -> None:
    assert bidlens("score", "--no-such-option").returncode == 2
    assert bidlens("alerts", "--level", "PURPLE").returncode in (1, 2)


def test_every_command_has_an_example() -> None:
    for command in (
        "demo",
        "import",
        "score",
        "alerts",
        "explain",
        "coverage",
        "simulate",
        "rules",
        "train",
        "app",
    ):
        assert "Example" in bidlens(command, "--help").stdout, command
