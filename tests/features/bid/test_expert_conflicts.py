from datetime import UTC, datetime
from typing import Any

import polars as pl

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

COLUMNS = ("n_recused_experts", "n_employed_experts", "n_related_experts")


def day(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def conflicts(*relations: dict[str, Any], **tables: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    rows: dict[str, list[Any]] = {
        "tenders": [{"tender_id": "T", "deadline_at": day(2024)}],
        "bids": [{"bid_id": b, "tender_id": "T", "bidder_id": b} for b in "AB"],
        "panels": [{"tender_id": "T", "expert_id": "e1"},
                   {"tender_id": "T", "expert_id": "e2", "replaced": True}],
        "relations": list(relations),
        **tables,
    }  # fmt: skip
    frames = {
        name: pl.DataFrame([{"batch_id": "x"} | row for row in given], infer_schema_length=None)
        for name, given in rows.items()
        if given
    }
    frame = Build(market_of(**frames)).grain(Grain.BID).select("bidder_id", *COLUMNS).collect()
    return {row[0]: row[1:] for row in frame.rows()}


def relation(kind: str, one: str, other: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "from_id": one, "to_id": other} | more


def test_an_expert_who_should_have_stepped_aside() -> None:
    found = conflicts(relation("recused_from", "e1", "A"), relation("recused_from", "e2", "B"))
    assert found == {"A": (1, None, None), "B": (0, None, None)}


def test_employment_counts_for_three_years() -> None:
    assert conflicts(relation("employs", "A", "e1", valid_to=day(2021, 2)))["A"][1] == 1
    assert conflicts(relation("employs", "A", "e1", valid_to=day(2020, 11)))["A"][1] == 0


def test_what_began_later_did_not_hold() -> None:
    assert conflicts(relation("related_to", "A", "e1", valid_from=day(2025)))["A"][2] is None


def test_whoever_marked_was_on_the_panel() -> None:
    scores = [{"tender_id": "T", "bidder_id": "A", "expert_id": "e9", "item": "i"}]
    assert conflicts(relation("recused_from", "e9", "B"), expert_scores=scores)["B"][0] == 1


def test_members_of_a_consortium_count() -> None:
    members = [{"bid_id": "A", "bidder_id": b, "tender_id": "T"} for b in ("A", "C")]
    assert conflicts(relation("employs", "C", "e1"), consortium_members=members)["A"][1] == 1


def test_without_a_panel_nobody_knows() -> None:
    assert conflicts(relation("recused_from", "e1", "A"), panels=[])["A"] == (None, None, None)
