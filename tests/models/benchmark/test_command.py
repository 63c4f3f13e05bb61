import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bidlens import gathered
from models.benchmark.command import benchmark
from models.benchmark.markets import chosen, find
from models.benchmark.report import plot, with_summary
from records.source import BadInput


def test_markets_are_found_by_what_they_are(labelled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")

    assert [m.name for m in find(labelled_folder)] == ["north", "south"]
    with pytest.raises(BadInput, match="There is no labelled market"):
        find(tmp_path)
    with pytest.raises(BadInput, match="no such folder"):
        find(tmp_path / "nowhere")


def test_an_unknown_market_protocol_or_method_is_told(labelled_folder: Path) -> None:
    with pytest.raises(BadInput, match=r"No market is called 'east'.*north, south"):
        chosen(find(labelled_folder), ["east"], labelled_folder)
    with pytest.raises(BadInput, match=r"There is no protocol 'random'.*temporal"):
        benchmark(labelled_folder, ["random"])
    with pytest.raises(BadInput, match=r"No method is called 'oracle'.*prevalence"):
        benchmark(labelled_folder, (), (), ["oracle"])


def test_the_command_prints_json_and_a_chart(labelled_folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "chart.html"
    words = f"benchmark --data {labelled_folder} --protocol tender-grouped --markets north --resamples 3"
    more = f"--no-controls --jobs 1 --json --plot {page} --method"

    made = CliRunner().invoke(gathered(), [*words.split(), *more.split(), "number of bids"])

    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert {r["market"] for r in told["results"]} == {"north"}
    assert "tender-grouped / tender label, per bid / south" in told["splits"]
    assert "vega" in page.read_text(encoding="utf-8").lower()


def test_macro_and_worst_stand_beside_two_markets() -> None:
    base = {
        "protocol": "p", "unit": "u", "method": "m", "sees": "", "candidate": False, "splits": 1, "rows": 5,
        "prevalence": 0.5, "low": None, "high": None,
    }  # fmt: skip
    values = (
        ("a", "roc_auc", 0.6),
        ("b", "roc_auc", 0.8),
        ("a", "brier_at_1%", 0.1),
        ("b", "brier_at_1%", 0.3),
    )
    rows = [{**base, "market": market, "metric": metric, "value": value} for market, metric, value in values]

    made = with_summary(pl.DataFrame(rows))

    found = {(r["market"], r["metric"]): r["value"] for r in made.to_dicts()}
    assert found["macro", "roc_auc"] == pytest.approx(0.7)
    assert found["worst", "roc_auc"] == 0.6
    assert found["worst", "brier_at_1%"] == 0.3


def test_a_chart_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    from models.benchmark.run import RESULTS

    plot(pl.DataFrame(schema=RESULTS), tmp_path / "empty.html")

    assert (tmp_path / "empty.html").stat().st_size > 0
