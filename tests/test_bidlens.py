import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import bidlens as command

ROOT = Path(__file__).parent.parent
HEAVY = {
    "alembic", "joblib", "matplotlib", "mlflow", "networkx", "pandas", "ruptures", "scipy.optimize",
    "scipy.stats", "skops", "sklearn", "streamlit",
}  # fmt: skip


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


@pytest.mark.parametrize("model", ["--model", "--no-model"])
def test_one_tender_is_scored_without_loading_what_takes_long(
    workspace: Path, tmp_path: Path, model: str
) -> None:
    own = Path(shutil.copytree(workspace, tmp_path / "w"))
    worst = json.loads(bidlens("alerts", "-w", str(workspace), "--json", "-n", "1").stdout)[0]["tender_id"]
    watched = "import atexit, sys, bidlens; atexit.register(lambda: print(*sys.modules)); bidlens.main()"
    words = ("score", "-w", str(own), "--tender", worst, model, "--json")
    done = subprocess.run([sys.executable, "-c", watched, *words], capture_output=True, text=True, check=True)
    told, loaded = done.stdout.splitlines()
    assert json.loads(told)["n_tenders"] == 1
    assert HEAVY & set(loaded.split()) == set()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_explain_tells_a_tender_in_words(workspace: Path, lang: str) -> None:
    worst = json.loads(bidlens("alerts", "-w", str(workspace), "--json", "-n", "1").stdout)[0]["tender_id"]
    told = bidlens("explain", worst, "-w", str(workspace), "--lang", lang)
    assert told.returncode == 0, told.stderr
    assert {"en": "Innocent reading", "zh": "可能的正当解释"}[lang] in told.stdout
    story = json.loads(bidlens("explain", worst, "-w", str(workspace), "--json").stdout)
    assert story["tender_id"] == worst
    assert story["findings"]


def test_coverage_speaks_of_rules_features_and_models(workspace: Path) -> None:
    found = json.loads(bidlens("coverage", "-w", str(workspace), "--json").stdout)
    states = ("hit", "clear", "not_evaluable", "not_applicable")
    of_tenders = [r for r in found["rules"] if r["grain"] == "tender"]
    assert {sum(r[s] for s in states) for r in of_tenders} == {300}
    assert {f["feature"] for f in found["features"]} >= {"bid_cv", "past_wins"}
    assert {m["model"] for m in found["models"]} >= {"ecod", "isolation_forest"}
    told = bidlens("coverage", "-w", str(workspace), "--lang", "zh")
    assert "模型与并非处处可得的特征" in told.stdout


def test_scoring_lays_its_run_on_the_desk(workspace: Path) -> None:
    (entry,) = json.loads(bidlens("audit", "show", "-w", str(workspace), "--json").stdout)
    alerts = json.loads(bidlens("alerts", "-w", str(workspace), "--json", "-n", "1000", "--all").stdout)
    assert entry["action"] == "run.post"
    assert json.loads(entry["detail"])["new"] >= len(alerts) > 0


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
        (("import", "data/sample", "--jurisdiction", "CN-62"), "It takes ['mapping']"),
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
    assert bidlens("alerts", "--level", "PURPLE").returncode == 2


def test_an_unknown_model_is_wrong_usage(workspace: Path) -> None:
    failed = bidlens("train", "--model", "oracle", "-w", str(workspace))
    assert failed.returncode == 2
    assert "isolation_forest" in failed.stderr


def test_a_damaged_model_is_one_clear_error(tmp_path: Path) -> None:
    assert bidlens("simulate", "--tenders", "100", "-w", str(tmp_path)).returncode == 0
    models = tmp_path / "models"
    models.mkdir()
    (models / "champion.json").write_text('{"version": 1, "file": "models/gone.zip", "sha256": ""}')
    failed = bidlens("score", "-w", str(tmp_path))
    assert failed.returncode == 1
    assert "Train the model again" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_published_indicators_of_a_file(tmp_path: Path) -> None:
    releases, settings = tmp_path / "releases.jsonl", tmp_path / "settings.ini"
    tender = '{"numberOfTenderers": 1, "procurementMethod": "open"}'
    releases.write_text(f'{{"ocid": "a", "tender": {tender}}}\n{{\n')
    settings.write_text("[R018]\n")
    words = ("ocds-indicators", str(releases), "--settings", str(settings))
    done = bidlens(*words, "--count")
    assert done.returncode == 0, done.stderr
    assert done.stdout == '{"OCID":{"a":{"R018":1.0}},"Meta":{}}\n'
    assert "Line 2 is left out" in done.stderr
    assert "OCID: 1" in done.stderr
    assert set(json.loads(bidlens(*words, "--no-meta", "--map").stdout)) == {"OCID", "Maps"}


@pytest.mark.parametrize(("settings", "told"), [("[R019]", "R018"), ("[R018]\nx = 1", "procurement_methods")])
def test_published_indicators_refuse_what_they_do_not_know(settings: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text(settings)
    failed = bidlens("ocds-indicators", "README.md", "-s", str(tmp_path / "settings.ini"))
    assert failed.returncode == 2
    assert told in failed.stderr
    assert bidlens("ocds-indicators", "no-such-file.jsonl").returncode == 2


def install_stranger(site: Path, module: str) -> None:
    info = site / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    if module == "records/other.py":
        (info / "top_level.txt").write_text("records\n")
    (info / "RECORD").write_text(f"{module},,\n")
    (site / module).parent.mkdir(exist_ok=True)
    (site / module).touch()


@pytest.mark.parametrize("module", ["records/__init__.py", "records/other.py", "records.py"])
def test_a_stranger_that_hides_or_mixes_with_our_packages_is_refused(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_stranger(tmp_path, module)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "records", raising=False)
    if module == "records/other.py":
        monkeypatch.setattr(command, "__file__", str(tmp_path / "bidlens.py"))
    with pytest.raises(SystemExit, match="1"):
        command.refuse_strangers()
    assert "an environment of its own" in " ".join(capsys.readouterr().err.split())


def test_a_stranger_elsewhere_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_stranger(tmp_path, "records/other.py")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    command.refuse_strangers()
    assert capsys.readouterr().err == ""


def test_every_command_says_what_it_does_and_gives_an_example() -> None:
    for name, made in _all_commands(get_command(command.gathered())):
        assert made.help, name
        assert "Example" in str(made.epilog), name


def _all_commands(group: Any) -> Iterator[tuple[str, Any]]:
    for name, made in group.commands.items():
        yield from _all_commands(made) if hasattr(made, "commands") else [(name, made)]


def test_counterfactual_asks_for_one_way_to_name_bidders(workspace: Path) -> None:
    asked = bidlens("counterfactual", "-w", str(workspace))
    assert asked.returncode == 2
    assert "--group" in asked.stderr
    strange = bidlens("counterfactual", "--bidders", "nobody", "-w", str(workspace))
    assert strange.returncode == 1
    assert "mean of bids" in strange.stderr
