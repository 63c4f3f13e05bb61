from typing import Any

from models.benchmark.page import page


def result(protocol: str, market: str, metric: str, value: float, low: float | None) -> dict[str, Any]:
    about = {"protocol": protocol, "unit": "tender label", "market": market, "method": "boosting"}
    counted = {"candidate": True, "splits": 4, "rows": 1200, "prevalence": 0.25}
    return {**about, **counted, "metric": metric, "value": value, "low": low, "high": low}


def test_every_figure_stands_beside_its_market_and_controls_that_fail_are_told() -> None:
    results = [
        result("leave-market-out", "north", "roc_auc", 0.5, 0.25),
        result("leave-market-out", "south", "roc_auc", 1.0, None),
        result("leave-market-out", "north", "brier_to_prevalence_at_1%", 1.25, None),
    ]
    control = {"control": "permuted labels", "market": "north", "method": "boosting"}
    controls = [{**control, "roc_auc": 0.7, "standard_error": 0.01, "at_chance": False}]

    made = page({"results": results, "controls": controls})

    assert "### leave-market-out, tender label (ROC-AUC · AP · balanced accuracy)" in made
    assert "| boosting | .50 (.25–.25) | 1.00 |" in made
    assert "north 25% of 1,200 rows in 4 splits" in made
    assert "| boosting | 1.25 |" in made
    assert "| permuted labels | north | .70 ± .01 **not at chance** |" in made
    assert "temporal" not in made
