from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from features.build import Build
from features.pair.positions import HIGH, LOW, MOST, PRIOR
from records.tables import Market


@pytest.mark.parametrize("seed", range(2))
def test_columns_equal_brute_force(seed: int, make_market: Callable[..., Market]) -> None:
    market = make_market(seed)
    prices: dict[str, dict[str, float]] = {}
    for bid in market.bids.collect().to_dicts():
        if bid["status"] == "valid" and bid["amount"]:
            prices.setdefault(bid["tender_id"], {})[bid["bidder_id"]] = float(bid["amount"])
    at: list[dict[str, float]] = []
    for t in prices.values():
        low, high = min(t.values()), max(t.values())
        if len(t) >= 3 and high > low:
            at.append({f: (x - low) / (high - low) for f, x in t.items()})
    firms = sorted({f for t in prices.values() for f in t})
    rate = {
        (f, low): (sum(is_(t[f], low) for t in at if f in t) + PRIOR)
        / (sum(np.mean([is_(x, low) for x in t.values()]) for t in at if f in t) + PRIOR)
        for f in firms
        for low in (True, False)
    }
    rows = Build(market).table("pair_positions").collect().to_dicts()
    assert len(rows) > 10
    for row in rows:
        a, b = row["bidder_a"], row["bidder_b"]
        joint = [t for t in at if a in t and b in t]
        distance = [abs(t[a] - t[b]) for t in joint]
        order = abs(np.mean([np.sign(t[a] - t[b]) for t in joint]))
        opposite = [min(t[a], t[b]) <= LOW and max(t[a], t[b]) >= HIGH for t in joint]
        due = [share(t, lambda x, y: min(x, y) <= LOW and max(x, y) >= HIGH) for t in joint]
        habit = (rate[a, True] * rate[b, False] + rate[a, False] * rate[b, True]) / 2
        law = np.ones(1)
        for d in due:
            law = np.convolve(law, [1 - min(d * habit, MOST), min(d * habit, MOST)])
        assert row["n_positions"] == len(joint)
        assert row["rotation_score"] == pytest.approx(np.mean(distance) * (1 - order))
        assert row["opposite_extremes_share"] == pytest.approx(np.mean(opposite))
        assert row["opposite_extremes_expected"] == pytest.approx(np.mean(due))
        assert row["opposite_extremes_p"] == pytest.approx(law[sum(opposite) :].sum(), abs=0.005)
        assert row["both_low_share"] == pytest.approx(np.mean([max(t[a], t[b]) <= LOW for t in joint]))
        due = [share(t, lambda x, y: max(x, y) <= LOW) for t in joint]
        assert row["both_low_expected"] == pytest.approx(np.mean(due))


def is_(position: float, low: bool) -> bool:
    return position <= LOW if low else position >= HIGH


def share(tender: dict[str, float], statement: Callable[[float, float], bool]) -> float:
    return float(np.mean([statement(x, y) for x, y in combinations(tender.values(), 2)]))


def test_two_that_change_places_at_the_ends_stand_out(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = [e for e in compete(3, tenders=60) if e.bidder > 1]
    for t in range(60):
        prices = [e.price for e in entries if e.tender == t]
        ends = (min(prices) * 0.9, max(prices) * 1.1)
        entries += [entry(t, t % 2, ends[0], True), entry(t, 1 - t % 2, ends[1])]
    rows = Build(as_market(entries)).table("pair_positions").collect().sort("opposite_extremes_p")
    assert rows.select("bidder_a", "bidder_b").row(0) == ("F000", "F001")
    assert rows["opposite_extremes_p"][0] < 1e-4
    assert rows["rotation_score"][0] == pytest.approx(1.0)
    assert rows["rotation_score"][0] == rows["rotation_score"].max()


def test_tenders_of_two_say_nothing(as_market: Callable[..., Market], entry: Callable[..., Any]) -> None:
    market = as_market([entry(t, f, 10.0 + f + t) for t in range(3) for f in range(2)])
    row = Build(market).table("pair_positions").collect().to_dicts()[0]
    assert row["n_positions"] == 0
    assert row["rotation_score"] is None
    assert row["opposite_extremes_p"] is None
