from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from detect.rule import Level
from detect.rules.b.b05_all_but_one_refused import all_but_one_refused as rule
from detect.rules.b.b09_selective_refusal import selective_refusal
from detect.run import judge
from records.tables import market_of

ALONE = {"only_one_admitted": True, "n_bids": 10, "n_disqualified": 9, "n_rejected_lower": 2}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ALONE, "hit ORANGE"),
        ({**ALONE, "n_bids": 5, "n_disqualified": 4, "n_rejected_lower": 1}, "hit ORANGE"),
        ({**ALONE, "n_bids": 4, "n_disqualified": 3}, "hit YELLOW"),
        ({**ALONE, "n_rejected_lower": 0}, "hit INFO"),
        ({**ALONE, "n_rejected_lower": None}, "hit INFO"),
        ({**ALONE, "only_one_admitted": False}, "clear"),
        ({**ALONE, "only_one_admitted": None, "n_disqualified": None}, "not_evaluable"),
        ({**ALONE, "n_bids": 2, "n_disqualified": 1}, "not_applicable"),
        ({**ALONE, "n_bids": 3, "n_disqualified": 2}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(many_bids=11), **ALONE) == "hit YELLOW"


def test_the_third_lowest_of_ten_admitted_alone() -> None:
    bids = [
        {"bid_id": f"b{i}", "tender_id": "T", "bidder_id": f"F{i}", "amount": 100 + i, "batch_id": "x",
         "status": "valid" if i == 2 else "disqualified"}
        for i in range(10)
    ]  # fmt: skip
    tenders = pl.DataFrame({"tender_id": ["T"], "batch_id": ["x"]})
    found = judge(market_of(tenders=tenders, bids=pl.DataFrame(bids)), [rule, selective_refusal])
    levels = dict(found.hits.select("rule_id", "level").iter_rows())
    assert levels == {"B05": Level.ORANGE, "B09": Level.INFO}
    assert found.hits.filter(rule_id="B09")["p_value"].item() == pytest.approx(0.8)
