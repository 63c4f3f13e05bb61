from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import binom
from scipy.stats import false_discovery_control

from features.build import Build
from features.catalogue import Grain
from features.pair import co_bidding
from records.tables import Market

Entered = dict[str, set[str]]


def entered(market: Market, tenders: set[str]) -> Entered:
    found: Entered = {}
    for bid in market.bids.collect().to_dicts():
        if bid["status"] == "valid" and bid["amount"] and bid["tender_id"] in tenders:
            found.setdefault(bid["bidder_id"], set()).add(bid["tender_id"])
    return found


def tail(joint: int, lots: float, a: int, b: int) -> float:
    first = max(joint, int(np.ceil(a + b - lots)))
    return sum(
        float(binom(a, k) * binom(lots - a, b - k) / binom(lots, b)) for k in range(first, min(a, b) + 1)
    )


@pytest.mark.parametrize("min_lots", [1, 10, 1000])
def test_pairs_equal_brute_force(
    min_lots: int, make_market: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(co_bidding, "MIN_LOTS", min_lots)
    market = make_market(1, n_tenders=60)
    build = Build(market)
    of = dict(build.table("strata").select("tender_id", "stratum").collect().rows())
    overall = entered(market, set(of))
    strata = {s: {t for t in of if of[t] == s} for s in set(of.values())}
    found = {(r["bidder_a"], r["bidder_b"]): r for r in build.grain(Grain.PAIR).collect().to_dicts()}
    pairs = [p for p in combinations(sorted(overall), 2) if len(overall[p[0]] & overall[p[1]]) >= 2]
    assert set(found) == set(pairs)
    for a, b in pairs:
        row, met = found[a, b], overall[a] & overall[b]
        chances, expected = {}, 0.0
        for name, lots in strata.items():
            mine, theirs = overall[a] & lots, overall[b] & lots
            if mine and theirs:
                sizes = np.array([sum(t in firm for firm in overall.values()) for t in lots])
                others = sizes.sum() - (len(mine) + len(theirs)) / 2
                equal = sizes.sum() * others / (sizes * (sizes - 1)).sum()
                equal = max(equal, len(mine), len(theirs))
                chances[name] = tail(len(met & lots), equal, len(mine), len(theirs))
                expected += len(mine) * len(theirs) / equal
        assert row["n_joint"] == len(met)
        assert row["pair_jaccard"] == pytest.approx(len(met) / len(overall[a] | overall[b]))
        assert row["expected_joint"] == pytest.approx(expected)
        assert row["pair_lift"] == pytest.approx(len(met) / expected)
        assert row["joint_p"] == pytest.approx(min(1, min(chances.values()) * len(chances)))
        assert chances[row["stratum"]] == pytest.approx(min(chances.values()))


def test_thin_strata_are_pooled_and_say_so(make_market: Callable[..., Market]) -> None:
    strata = Build(make_market(1, n_tenders=60)).table("strata").collect()
    sizes = strata.group_by("stratum", "stratum_basis").agg(pl.len().alias("lots"))
    for stratum, basis, lots in sizes.rows():
        assert lots >= co_bidding.MIN_LOTS or basis == "market"
        assert (" / " in stratum) == (basis != "market")


def test_the_false_discovery_rate_counts_pairs_that_never_met(make_market: Callable[..., Market]) -> None:
    build = Build(make_market(1, n_tenders=60, n_bidders=40))
    of = dict(build.table("strata").select("tender_id", "stratum").collect().rows())
    overall = entered(make_market(1, n_tenders=60, n_bidders=40), set(of))
    active = {f: {of[t] for t in tenders} for f, tenders in overall.items()}
    possible = sum(bool(active[a] & active[b]) for a, b in combinations(active, 2))
    rows = build.table("co_bidding").collect()
    p = rows["joint_p"].to_list() + [1.0] * (possible - rows.height)
    exact = false_discovery_control(p)[: rows.height]
    assert (rows["joint_q"].to_numpy() >= exact - 1e-12).all()
    assert rows["joint_q"].to_numpy() == pytest.approx(exact, rel=0.05)


def test_random_meetings_are_seldom_a_finding(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market]
) -> None:
    found = [
        Build(as_market(compete(seed, size=(2, 10), firms=30))).table("co_bidding").collect()["joint_q"]
        for seed in range(20)
    ]
    assert sum((q <= 0.05).any() for q in found) <= 4
