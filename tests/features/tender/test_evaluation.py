from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

START = datetime(2024, 5, 2, 1, tzinfo=UTC)


def evaluated(tender: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> dict[str, Any]:
    rows = {"tenders": [tender or {}]} | tables
    frames = {
        name: pl.DataFrame(
            [{"tender_id": "T", "batch_id": "x"} | row for row in given], infer_schema_length=None
        )
        for name, given in rows.items()
    }
    return Build(market_of(**frames)).grain(Grain.TENDER).collect().row(0, named=True)


def score(expert: str, bidder: str, item: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {"expert_id": expert, "bidder_id": bidder, "item": item, "score": value} | more


def test_minutes_per_bid() -> None:
    bids = [{"bid_id": b, "bidder_id": b} for b in "ABCD"]
    row = evaluated({"evaluation_from": START, "evaluation_to": START + timedelta(hours=2)}, bids=bids)
    assert (row["evaluation_hours"], row["evaluation_minutes_per_bid"]) == (2.0, 30.0)


def test_pages_of_a_bid_are_those_of_all_its_files() -> None:
    files = [("A", 100), ("A", 150), ("B", 50), ("C", 10)]
    documents = [
        {"document_id": str(i), "bidder_id": b, "pages": pages} for i, (b, pages) in enumerate(files)
    ]
    assert evaluated(documents=documents)["median_bid_pages"] == 50
    assert evaluated(documents=[*documents, {"document_id": "z", "bidder_id": "D", "pages": None}])[
        "median_bid_pages"
    ] is None  # fmt: skip


def test_how_a_panel_was_drawn() -> None:
    drawn = [{"expert_id": e, "drawn_at": START - timedelta(hours=30), "replaced": e in "de", "draw_round": r}
             for e, r in zip("abcde", (1, 1, 2, 1, 1), strict=True)]  # fmt: skip
    row = evaluated({"evaluation_from": START}, panels=drawn)
    assert (row["n_experts"], row["n_replaced_experts"], row["n_draws"]) == (3, 2, 2)
    assert row["draw_to_evaluation_hours"] == 30


def test_a_panel_may_say_nothing_of_its_draw() -> None:
    row = evaluated(panels=[{"expert_id": "a"}])
    assert (row["n_experts"], row["n_replaced_experts"], row["n_draws"]) == (1, None, None)


def test_the_mark_that_lies_furthest_from_the_others() -> None:
    marks = {"A": (80, 82, 84), "B": (60, 60, 90)}
    scores = [score(e, b, "i", v, max_score=100) for b, vs in marks.items()
              for e, v in zip("xyz", vs, strict=True)]  # fmt: skip
    row = evaluated(expert_scores=scores)
    assert row["largest_mark_deviation"] == pytest.approx(30 / 70)
    assert (row["most_deviating_expert"], row["most_deviating_for"]) == ("z", "B")


@pytest.mark.parametrize("more", [{"objective": True}, {"max_score": 0.0}])
def test_what_is_no_judgement_has_no_deviation(more: dict[str, Any]) -> None:
    scores = [score(e, "A", "i", 80, **more) for e in "xyz"]
    assert evaluated(expert_scores=scores)["largest_mark_deviation"] is None


def test_two_experts_are_no_panel() -> None:
    assert evaluated(expert_scores=[score(e, "A", "i", 80) for e in "xy"])["largest_mark_deviation"] is None


def test_objective_items_should_agree() -> None:
    scores = [
        *(score(e, "A", "years", 5, objective=True) for e in "xyz"),
        *(score(e, "B", "years", v, objective=True) for e, v in zip("xyz", (5, 5, 4), strict=True)),
        *(score(e, "A", "design", v, objective=False) for e, v in zip("xyz", (1, 2, 3), strict=True)),
    ]
    assert evaluated(expert_scores=scores)["n_objective_disagreements"] == 1
    assert evaluated(expert_scores=scores[-3:])["n_objective_disagreements"] is None


def sheets(
    marks: Mapping[str, tuple[float, ...]], prices: dict[str, int], winner: str, detail: str | None
) -> Any:
    return evaluated(
        {"mechanism_detail": detail},
        bids=[{"bid_id": b, "bidder_id": b, "status": "valid", "amount": p, "won": b == winner}
              for b, p in prices.items()],
        expert_scores=[score(f"e{k}", b, "i", v) for b, vs in marks.items() for k, v in enumerate(vs)],
    )  # fmt: skip


def test_one_expert_who_decides() -> None:
    marks = {"A": (70.0, 70, 95), "B": (75, 75, 70)}
    row = sheets(marks, {"A": 100, "B": 100}, "A", None)
    assert (row["n_decisive_experts"], row["decisive_expert"]) == (1, "e2")
    assert row["decisive_range_ratio"] == pytest.approx(25 / 5)
    assert row["decisive_mark_deviation"] == pytest.approx(25 / (235 / 3))


def test_a_winner_whom_the_sheets_do_not_explain_is_left_open() -> None:
    row = sheets({"A": (70.0, 70, 70), "B": (75, 75, 75)}, {"A": 90, "B": 100}, "A", None)
    assert row["n_decisive_experts"] is None


def test_the_price_counts_where_the_formula_says_how() -> None:
    marks, prices = {"A": (70.0, 70, 70), "B": (75, 75, 75)}, {"A": 90, "B": 100}
    row = sheets(marks, prices, "A", '{"price_weight": 0.6}')
    assert (row["n_decisive_experts"], row["decisive_expert"]) == (0, None)


@pytest.mark.parametrize("seed", range(8))
def test_leaving_one_out_agrees_with_doing_it_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names, weight = ["A", "B", "C", "D"], 0.3
    marks = {b: tuple(float(v) for v in rng.integers(60, 75, 5)) for b in names}
    prices = {b: int(rng.integers(95, 100)) for b in names}

    def totals(kept: list[int]) -> dict[str, float]:
        best = min(prices.values())
        return {
            b: (1 - weight) * float(np.mean([marks[b][k] for k in kept])) + weight * 100 * best / prices[b]
            for b in names
        }

    whole = totals(list(range(5)))
    winner = max(whole, key=whole.__getitem__)
    without = [totals([k for k in range(5) if k != out]) for out in range(5)]
    expected = sum(max(t.values()) > t[winner] + 1e-9 for t in without)
    row = sheets(marks, prices, winner, f'{{"price_weight": {weight}}}')
    assert row["n_decisive_experts"] == expected


def copies(other: list[float], bidders: int = 5, items: int = 3) -> dict[str, Any]:
    marks = [float(60 + (7 * k) % 11) for k in range(bidders * items)]
    cells = [(f"F{k // items}", f"i{k % items}") for k in range(bidders * items)]
    given = {
        "x": marks,
        "y": [*other, *marks][: len(marks)],
        "z": [v + 1 + (k % 3) for k, v in enumerate(marks)],
    }
    return evaluated(
        expert_scores=[
            score(e, b, i, v) for e, vs in given.items() for (b, i), v in zip(cells, vs, strict=True)
        ]
    )


def test_equal_sheets_are_found() -> None:
    row = copies([])
    assert (row["n_copied_sheets"], row["largest_equal_share"]) == (1, 1.0)


def test_one_other_mark_is_no_copy() -> None:
    marks = [float(60 + (7 * k) % 11) for k in range(15)]
    row = copies([99.0, *marks[1:]])
    assert row["n_copied_sheets"] == 0
    assert row["largest_equal_share"] == pytest.approx(14 / 15)


def test_few_bidders_cannot_tell() -> None:
    assert copies([], bidders=4)["n_copied_sheets"] is None


def test_full_marks_for_everybody_are_no_copy() -> None:
    scores = [score(e, f"F{b}", f"i{i}", 100) for e in "xy" for b in range(6) for i in range(3)]
    assert evaluated(expert_scores=scores)["n_copied_sheets"] is None
