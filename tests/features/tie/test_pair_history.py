from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from scipy.stats import poisson

from features.build import Build
from features.catalogue import Grain
from features.tie.pair_history import AGREEMENT
from records.tables import Market

Key = tuple[str, str, str]


def brute_force(market: Market) -> dict[Key, dict[str, Any]]:
    """Every pair of every dated tender: earlier meetings, and those at the same ratio."""
    prices: dict[str, dict[str, Any]] = {}
    for bid in market.bids.collect().to_dicts():
        if bid["status"] == "valid" and bid["amount"]:
            prices.setdefault(bid["tender_id"], {})[bid["bidder_id"]] = bid["amount"]
    tenders = {t["tender_id"]: t for t in market.tenders.collect().to_dicts()}
    known = {t: row["deadline_at"] or row["closed_at"] for t, row in tenders.items()}
    found = {}
    for t, by_firm in prices.items():
        now = tenders[t]["deadline_at"]
        for a, b in combinations(sorted(by_firm), 2):
            if now is None:
                continue
            before = [p for s, p in prices.items() if {a, b} <= set(p) and known[s] and known[s] < now]
            same = [
                p for p in before
                if p[a] != p[b] and by_firm[a] != by_firm[b]
                and round(p[b] / p[a] * 10_000) == round(by_firm[b] / by_firm[a] * 10_000)
            ]  # fmt: skip
            found[t, a, b] = {"joint_tenders": len(before), "joint_ratio_repeats": len(same)}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_repeats_equal_brute_force_and_only_repeats_are_listed(
    seed: int, make_market: Callable[..., Market]
) -> None:
    market = make_market(seed)
    expected = {k: v for k, v in brute_force(market).items() if v["joint_ratio_repeats"]}
    frame = Build(market).grain(Grain.TIE).collect()
    columns = ("joint_tenders", "joint_ratio_repeats")
    found = {
        (r["tender_id"], r["bidder_a"], r["bidder_b"]): {c: r[c] for c in columns} for r in frame.to_dicts()
    }
    assert found == expected
    assert expected
    for row in frame.to_dicts():
        chance = poisson.sf(row["joint_ratio_repeats"] - 1, AGREEMENT * row["joint_tenders"])
        assert row["joint_ratio_p"] == pytest.approx(chance)


def test_unlisted_pairs_have_no_repeat_where_that_is_known(make_market: Callable[..., Market]) -> None:
    rest = Build(make_market(0)).unlisted(Grain.TIE).collect()
    for row in rest.to_dicts():
        known = row["deadline_at"] is not None and (row["n_valid"] or 0) >= 2
        assert row["joint_ratio_repeats"] == (0 if known else None)
        assert row["joint_tenders"] is None
        assert row["joint_ratio_p"] is None
