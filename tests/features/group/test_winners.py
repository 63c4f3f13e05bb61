"""Tests of who wins what: contests, rotation, concentration, allocation."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations, product
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.group.allocation import group_allocation, group_share_stability
from features.group.concentration import group_concentration
from features.group.contests import contests, exchanged
from features.group.exchange import exchanged_winners
from features.group.rotation import group_rotation

START = datetime(2020, 1, 1, tzinfo=UTC)
Entries = Callable[..., pl.LazyFrame]


def lots(winners: str, **of_lot: list[Any]) -> list[dict[str, Any]]:
    """Lots that A, B and C all enter, with the given winners, ten days apart."""
    return [
        {"group_id": "G", "tender_id": f"T{t:02}", "bidder_id": firm, "won": firm == winner,
         "deadline_at": START + timedelta(days=10 * t), **{name: of[t] for name, of in of_lot.items()}}
        for t, winner in enumerate(winners) for firm in "ABC"
    ]  # fmt: skip


def blocks(entries: pl.LazyFrame, sets: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    dealt = exchanged_winners(entries, sets)
    rotation = group_rotation(entries, sets, dealt).collect()
    return (
        rotation,
        group_allocation(entries, sets, dealt).collect(),
        group_share_stability(entries, sets, dealt).collect(),
    )


def test_every_deal_of_the_same_wins_is_as_likely(as_entries: Entries, as_sets: Entries) -> None:
    rows = [r for r in lots("AABC") if (r["tender_id"], r["bidder_id"]) not in {("T00", "C"), ("T03", "A")}]
    known = contests(as_entries(rows), as_sets(as_entries(rows)))
    there = known.present
    allowed = {w for w in permutations((0, 0, 1, 2)) if all(there[t, s] for t, s in enumerate(w))}
    seen = Counter(tuple(w.tolist()) for w in exchanged(known, draws=6000))
    assert set(seen) == allowed
    assert max(seen.values()) / min(seen.values()) < 1.35


def test_turns_are_rotation_and_streaks_are_not(as_entries: Entries, as_sets: Entries) -> None:
    for winners, low in (("ABCABCABCABC", True), ("AAAABBBBCCCC", False)):
        entries = as_entries(lots(winners))
        row = blocks(entries, as_sets(entries))[0].row(0, named=True)
        assert row["group_contests"] == 12
        assert row["winner_entropy"] == pytest.approx(1.0)
        assert row["repeat_win_share"] == pytest.approx(0 if low else 9 / 11)
        assert row["hazard_after_win"] == row["repeat_win_share"]
        assert (row["rotation_p"] < 0.05) == low
        assert (row["turn_p"] <= 0.01) == low


def test_the_place_in_the_queue_of_those_that_bid(as_entries: Entries, as_sets: Entries) -> None:
    absent = {("T03", "A")}
    rows = [r for r in lots("ABCBAA") if (r["tender_id"], r["bidder_id"]) not in absent]
    row = blocks(as_entries(rows), as_sets(as_entries(rows)))[0].row(0, named=True)
    assert row["turn_score"] == pytest.approx(np.mean([0.75, 1.0, 1.0, 1.0, 0.0]))


def test_rotation_p_equals_the_exact_share_of_deals(as_entries: Entries, as_sets: Entries) -> None:
    entries = as_entries(lots("ABACBA"))
    deals = list(permutations("ABACBA"))
    exact = np.mean([sum(a == b for a, b in pairwise(w)) <= 0 for w in deals])
    assert blocks(entries, as_sets(entries))[0]["rotation_p"].item() == pytest.approx(exact, abs=0.05)


def test_divided_territories_are_seen(as_entries: Entries, as_sets: Entries) -> None:
    regions = [f"R{'ABC'.index(w)}" for w in "ABCBACCABBCA"]
    entries = as_entries(lots("ABCBACCABBCA", region=regions))
    row = blocks(entries, as_sets(entries))[1].row(0, named=True)
    assert row["region_information"] == pytest.approx(1.0)
    assert row["region_allocation_p"] <= 0.01
    assert row["buyer_information"] is None


def test_equal_shares_every_year_are_stable(as_entries: Entries, as_sets: Entries) -> None:
    rows = lots("ABCABCABCABC")
    for t, row in enumerate(rows):
        row["deadline_at"] = START.replace(year=2016 + t // 9) + timedelta(days=t)
    entries = as_entries(rows)
    stable = blocks(entries, as_sets(entries))[2].row(0, named=True)
    assert stable["share_drift"] == pytest.approx(0.0, abs=1e-9)
    assert stable["stable_shares_p"] < 0.05


def test_concentration_equals_the_exact_law(as_entries: Entries, as_sets: Entries) -> None:
    entries = as_entries(lots("AAAAAB"))
    row = group_concentration(entries, as_sets(entries)).collect().row(0, named=True)
    top = np.mean([max(Counter(w).values()) >= 5 for w in product("ABC", repeat=6)])
    assert (row["top_winner"], row["top_winner_wins"]) == ("A", 5)
    assert row["group_top_share"] == pytest.approx(5 / 6)
    assert row["win_hhi"] == pytest.approx((25 + 1) / 36)
    assert row["top_winner_p"] == pytest.approx(top, abs=0.03)


def test_lots_that_few_members_entered_are_no_contest(as_entries: Entries, as_sets: Entries) -> None:
    rows = [*lots("ABC"), {**lots("A")[0], "tender_id": "T99", "bidder_id": "A"}]
    entries = as_entries(rows)
    assert contests(entries, as_sets(entries)).lots.height == 3


@pytest.mark.parametrize("strength", [0.0, 0.7])
def test_order_and_division_of_wins_are_honest_whatever_the_strengths(
    strength: float, make_entries: Entries, as_sets: Entries, honest: Callable[[pl.Series], None]
) -> None:
    entries = make_entries(1, groups=150, strength=strength)
    rotation, allocation, stability = blocks(entries, as_sets(entries))
    honest(rotation["rotation_p"])
    honest(rotation["turn_p"])
    honest(allocation["region_allocation_p"])
    honest(allocation["buyer_allocation_p"])
    honest(stability["stable_shares_p"])


def test_concentration_is_honest_where_chances_are_equal(
    make_entries: Entries, as_sets: Entries, honest: Callable[[pl.Series], None]
) -> None:
    entries = make_entries(2, groups=150)
    found = group_concentration(entries, as_sets(entries)).collect()
    for name in ("top_winner_p", "concentration_p", "evenness_p"):
        honest(found[name])


def test_groups_without_a_contest_are_not_listed(as_entries: Entries, as_sets: Entries) -> None:
    entries = as_entries([{**row, "won": None} for row in lots("AB")]).with_columns(
        pl.col("won").cast(pl.Boolean)
    )
    sets = as_sets(entries)
    assert all(frame.is_empty() for frame in blocks(entries, sets))
    assert group_concentration(entries, sets).collect().is_empty()
