from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.bidder import prices
from features.bidder.prices import _jump
from features.build import Build
from features.catalogue import Grain
from records.tables import Market


def mean(values: Any) -> Any:
    known = [float(v) for v in values if v is not None]
    return pytest.approx(sum(known) / len(known)) if known else None


def lots_of(market: Market) -> dict[str, dict[str, float]]:
    """Lowest valid price of each leading bidder, by tender."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for bid in market.bids.collect().to_dicts():
        if bid["status"] in (None, "valid") and bid["amount"]:
            found[bid["tender_id"]][bid["bidder_id"]] = float(bid["amount"])
    return found


@pytest.mark.parametrize("seed", range(2))
def test_prices_equal_brute_force(
    seed: int, make_rich: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "LEAST_SIDE", 1)
    market = make_rich(seed)
    build, lots = Build(market), lots_of(market)
    limit = {t["tender_id"]: t["ceiling"] or t["estimate"] for t in market.tenders.collect().to_dicts()}
    stratum = dict(build.table("strata").select("tender_id", "stratum").collect().rows())
    discount = {
        (t, f): 1 - p / float(limit[t]) for t, lot in lots.items() for f, p in lot.items() if limit[t]
    }
    typical = {
        s: np.mean([d for (t, _), d in discount.items() if stratum[t] == s]) for s in set(stratum.values())
    }
    compared = 0
    for row in build.grain(Grain.BIDDER).collect().to_dicts():
        me = row["bidder_id"]
        mine = {t: lot for t, lot in lots.items() if me in lot}
        if not mine:
            assert row["n_discounts"] is None
            continue
        beside = {t: sorted(lot.values()) for t, lot in mine.items() if len(lot) > 1}
        own = {t: discount[t, me] for t in mine if limit[t]}
        met: dict[str, int] = defaultdict(int)
        for lot in mine.values():
            for firm in lot:
                met[firm] += firm != me
        usual = {f for f, n in met.items() if n >= prices.USUAL_MEETINGS and n >= len(mine) / 2}
        among = {t for t in own if set(mine[t]) - {me} <= usual}
        wanted = {
            "n_discounts": len(own),
            "mean_discount": mean(own.values()),
            "mean_discount_due": mean(typical[stratum[t]] for t in own),
            "lowest_share": mean(mine[t][me] == b[0] for t, b in beside.items()),
            "highest_share": mean(mine[t][me] == b[-1] for t, b in beside.items()),
            "n_usual": len(usual),
            "n_among_usual": len(among),
            "n_with_outsiders": len(own) - len(among),
            "discount_among_usual": mean(own[t] for t in among),
            "discount_with_outsiders": mean(own[t] for t in set(own) - among),
        }
        assert {name: row[name] for name in wanted} == wanted
        if among and set(own) - among:
            excess = {t: d - typical[stratum[t]] for t, d in own.items()}
            jump = np.mean([excess[t] for t in set(own) - among]) - np.mean([excess[t] for t in among])
            assert row["outsider_discount_jump"] == pytest.approx(jump)
            compared += 1
        else:
            assert row["outsider_discount_p"] is None
    assert compared > 2


def test_the_chance_of_a_rise_is_uniform_when_outsiders_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    p = []
    for _ in range(500):
        n = int(rng.integers(8, 40))
        outside = (np.arange(n) < rng.integers(4, n - 3)).astype(float)
        p.append(_jump(rng.exponential(1.0, n), outside)[1])
    for level in (0.01, 0.05, 0.5):
        assert abs(np.mean(np.array(p) <= level) - level) <= 3 * np.sqrt(level * (1 - level) / 500)


def test_a_firm_that_drops_its_price_for_strangers_stands_out() -> None:
    rng = np.random.default_rng(2)
    outside = np.repeat([0.0, 1.0], 10)
    jump, p = _jump(0.03 + 0.08 * outside + rng.normal(0, 0.02, 20), outside)
    assert jump == pytest.approx(0.08, abs=0.02)
    assert p <= 0.001
