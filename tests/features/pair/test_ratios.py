from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from features.build import Build
from features.pair.ratios import repeat_chance
from records.tables import Market


@pytest.mark.parametrize("seed", range(2))
def test_columns_equal_brute_force(seed: int, make_market: Callable[..., Market]) -> None:
    market = make_market(seed)
    prices: dict[str, dict[str, int]] = {}
    for bid in market.bids.collect().to_dicts():
        if bid["status"] == "valid" and bid["amount"]:
            prices.setdefault(bid["tender_id"], {})[bid["bidder_id"]] = int(bid["amount"])
    rows = Build(market).table("pair_ratios").collect().to_dicts()
    assert len(rows) > 10
    for row in rows:
        a, b = row["bidder_a"], row["bidder_b"]
        met = [t for t in prices.values() if a in t and b in t and t[a] != t[b]]
        counts = Counter(round(t[b] / t[a], 4) for t in met)
        most = max(counts.values(), default=0)
        chance = repeat_chance(*(np.array([x], float) for x in (len(met), most, row["ratio_agreement"] or 0)))
        assert row["n_ratios"] == len(met)
        if len(met) >= 2:
            assert row["ratio_most_repeats"] == most
            assert row["ratio_p"] == pytest.approx(chance[0])
        if len(met) >= 2 and most >= 2:
            assert row["repeated_ratio"] == pytest.approx(min(r for r, n in counts.items() if n == most))
    judged = [row for row in rows if row["ratio_p"] is not None]
    q = false_discovery_control([row["ratio_p"] for row in judged])
    assert [row["ratio_q"] for row in judged] == pytest.approx(q.tolist())


@pytest.mark.parametrize(("lots", "times"), [(10, 2), (20, 2), (20, 3), (40, 3)])
def test_the_chance_is_that_of_simulated_ratios(lots: int, times: int) -> None:
    rng, agreement = np.random.default_rng(1), 0.01
    width = agreement * 2 * np.sqrt(np.pi)
    ratios = np.sort(np.round(rng.normal(size=(20_000, lots)) / width), axis=1)
    hit = (ratios[:, times - 1 :] == ratios[:, : lots - times + 1]).any(axis=1).mean()
    bound = repeat_chance(np.array([lots]), np.array([times]), np.array([agreement]))[0]
    assert hit <= bound + 3 * np.sqrt(bound / 20_000)
    assert hit > bound / 2


def test_a_habitual_markup_stands_out(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = compete(3)
    price = {(e.tender, e.bidder): e.price for e in entries}
    entries = [
        entry(e.tender, e.bidder, price[e.tender, 0] * 1.03)
        if e.bidder == 1 and (e.tender, 0) in price and e.tender % 4 == 0
        else e
        for e in entries
    ]
    rows = Build(as_market(entries)).table("pair_ratios").collect().sort("ratio_q")
    assert rows.select("bidder_a", "bidder_b", "repeated_ratio").row(0) == ("F000", "F001", 1.03)
    assert rows["ratio_q"][0] < 1e-6
