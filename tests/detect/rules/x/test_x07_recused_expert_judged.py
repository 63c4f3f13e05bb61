from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.rules.x.x07_recused_expert_judged import recused_expert_judged as rule
from detect.run import judge
from records.tables import market_of

RECUSED = {"n_recused_experts": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (RECUSED, "hit RED"),
        ({**RECUSED, "jurisdiction": "DO"}, "hit ORANGE"),
        ({"n_recused_experts": 0, "n_related_experts": 1}, "hit ORANGE"),
        ({"n_related_experts": 1}, "hit ORANGE"),
        ({"n_recused_experts": 0}, "not_evaluable"),
        ({}, "not_evaluable"),
        ({**RECUSED, "mechanism": "lottery"}, "hit RED"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(("until", "levels"), [(None, [4]), (datetime(2024, 5, 1, tzinfo=UTC), [])])
def test_a_recusal_counts_while_it_lasts(until: datetime | None, levels: list[int]) -> None:
    deadline = datetime(2024, 5, 20, tzinfo=UTC)
    tables: dict[str, list[dict[str, Any]]] = {
        "tenders": [{"tender_id": "T", "deadline_at": deadline, "jurisdiction": "CN-62"}],
        "bids": [{"bid_id": f, "tender_id": "T", "bidder_id": f} for f in "AB"],
        "panels": [{"tender_id": "T", "expert_id": "e", "replaced": False}],
        "relations": [{"from_id": "e", "to_id": "A", "kind": "recused_from", "valid_to": until,
                       "valid_from": datetime(2024, 3, 3, tzinfo=UTC)}],
    }  # fmt: skip
    types = {"valid_to": pl.Datetime("us", "UTC")}
    frames = {
        name: pl.DataFrame([{"batch_id": "x"} | row for row in rows]).cast(
            {c: t for c, t in types.items() if c in rows[0]}
        )
        for name, rows in tables.items()
    }
    hits = judge(market_of(**frames), [rule]).hits
    assert hits["level"].to_list() == levels
    assert set(hits["subjects"].explode()) <= {"A"}
