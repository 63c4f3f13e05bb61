from typing import Any

import polars as pl
import pytest

from detect.schemes import COLUMNS, FEWEST_POINTS, SCHEMES, SIGNS, likeness
from features.catalogue import CATALOGUE, Grain

KNOWN = {scheme.id for scheme in SCHEMES}


def read(**seen: Any) -> list[tuple[Any, ...]]:
    group = {**dict.fromkeys(COLUMNS), "party_id": "G", **seen}
    return likeness(pl.DataFrame([group])).select("scheme", "scheme_points").rows()


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, []),
        ({"top_winner_p": 0.01}, [("cover", 3)]),
        ({"top_winner_p": 0.02}, []),
        ({"top_winner_p": 0.02, "group_top_share": 0.7}, [("cover", 3)]),
        ({"top_winner_p": 0.001, "turn_p": 0.02}, []),
        ({"turn_p": 0.001, "turn_score": 0.9, "repeat_win_share": 0.0}, [("rotation", 5)]),
        ({"region_allocation_p": 0.01}, [("allocation", 3)]),
        ({"region_allocation_p": 0.01, "turn_p": 0.05}, []),
        ({"benchmark_pull_p": 0.001, "support_bids": 1, "benchmark_lots": 12}, [("steering", 4)]),
        ({"benchmark_pull_p": 0.001, "support_bids": 1, "benchmark_lots": 4}, []),
        ({"identifier_rarity": 12.0, "identifier_families": 3, "identifier_pairs": 6}, [("one_author", 3)]),
        ({"shell_members": 2}, [("phantom", 3)]),
        ({"meetings_top_buyer_share": 0.8, "outsiders_refused_share": 0.4}, [("buyer", 4)]),
        ({"top_winner_p": 0.01, "benchmark_pull_p": 0.01}, [("cover", 3)]),
    ],
)
def test_a_pattern_is_named_by_its_points(seen: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    assert read(**seen) == expected


def test_signs_for_come_before_signs_against() -> None:
    group = {**dict.fromkeys(COLUMNS), "party_id": "G", "turn_p": 0.01, "winner_entropy": 1.0,
             "repeat_win_share": 0.0, "turn_score": 0.5}  # fmt: skip
    signs = likeness(pl.DataFrame([group]))["signs"].item()
    assert [(s["column"], s["points"]) for s in signs] == [
        ("turn_p", 3), ("repeat_win_share", 1), ("winner_entropy", 1), ("turn_score", -2),
    ]  # fmt: skip


def test_every_scheme_can_be_named_and_every_column_is_in_the_catalogue() -> None:
    assert {sign.scheme for sign in SIGNS} == KNOWN
    assert set(COLUMNS) <= set(CATALOGUE.columns(Grain.GROUP))
    for scheme in KNOWN:
        best = {s.column: s.points for s in sorted(SIGNS, key=lambda s: s.points) if s.scheme == scheme}
        assert sum(p for p in best.values() if p > 0) >= FEWEST_POINTS


def test_words_accuse_nobody() -> None:
    said = " ".join(scheme.en + scheme.zh for scheme in SCHEMES)
    assert not [w for w in ("collu", "rig", "cheat", "ring", "串通", "围标", "陪标") if w in said]
