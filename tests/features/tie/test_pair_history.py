from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from features.build import Build
from features.catalogue import Grain
from features.tie.pair_history import AGREEMENT, ratio_agreement_chance
from records.tables import Market, market_of

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
        assert AGREEMENT <= row["ratio_agreement_chance"] <= 1
        mean = row["ratio_agreement_chance"] * row["joint_tenders"]
        assert row["joint_ratio_p"] == pytest.approx(poisson.sf(row["joint_ratio_repeats"] - 1, mean))


def test_unlisted_pairs_have_no_repeat_where_that_is_known(make_market: Callable[..., Market]) -> None:
    rest = Build(make_market(0)).unlisted(Grain.TIE).collect()
    for row in rest.to_dicts():
        known = row["deadline_at"] is not None and (row["n_valid"] or 0) >= 2
        assert row["joint_ratio_repeats"] == (0 if known else None)
        assert row["joint_tenders"] is None
        assert row["joint_ratio_p"] is None


def test_a_pair_that_shares_a_value_is_listed_with_what_is_known_of_its_prices() -> None:
    prices: dict[str, dict[str, str | None]] = {
        "T1": {"A": "100", "B": "100", "C": "104"},
        "T2": {"A": "100", "B": "100", "C": "102", "D": None},
    }
    bids = [
        {"bid_id": t + f, "tender_id": t, "bidder_id": f, "amount": price, "batch_id": "x"}
        for t, by_firm in prices.items()
        for f, price in by_firm.items()
    ]
    phones = [
        {"tender_id": "T2", "bidder_id": f, "kind": "phone", "value_hash": "0" * 32, "batch_id": "x"}
        for f in "ABCD"
    ]
    deadlines = [datetime(2020, month, 1, tzinfo=UTC) for month in (1, 2)]
    tenders = pl.DataFrame({"tender_id": list(prices), "deadline_at": deadlines, "batch_id": "x"})
    market = market_of(
        tenders=tenders,
        bids=pl.DataFrame(bids).with_columns(pl.col("amount").cast(pl.Decimal(38, 6))),
        identifiers=pl.DataFrame(phones),
    )
    ties = Build(market).grain(Grain.TIE).collect()
    found = {
        r["bidder_a"] + r["bidder_b"]: (r["joint_tenders"], r["joint_ratio_repeats"], r["joint_ratio_p"])
        for r in ties.to_dicts()
    }
    met = (1, 0, 1.0)
    unpriced = (0, None, None)
    assert found == {"AB": met, "AC": met, "BC": met, "AD": unpriced, "BD": unpriced, "CD": unpriced}


def test_close_or_coarse_bids_agree_more_often() -> None:
    rows = pl.DataFrame(
        {
            "bid_cv": [0.05 / 2**0.5, 0.2, 0.002, 0.05 / 2**0.5, 0.0],
            "price_grid": [0.01, 0.01, 0.01, 1000.0, 100.0],
            "lowest_bid": [1e6, 1e6, 1e6, 1e6, 1e6],
        }
    )
    chance = rows.select(ratio_agreement_chance(*map(pl.col, rows.columns))).to_series().to_list()
    assert chance[:4] == pytest.approx([AGREEMENT, AGREEMENT, 0.00997, 0.00564], rel=0.02)
    assert chance[4] is None


def test_the_chance_is_that_of_independent_bids() -> None:
    rng = np.random.default_rng(1)
    sd = 0.01
    bids = np.exp(rng.normal(0, sd, (2, 4000)))
    cells = np.unique((bids[1] / bids[0] * 10_000).round(), return_counts=True)[1]
    agree = (cells * (cells - 1)).sum() / (4000 * 3999)
    row = pl.DataFrame({"cv": [sd], "grid": [1e-9], "low": [1.0]})
    assert agree == pytest.approx(
        row.select(ratio_agreement_chance(*map(pl.col, row.columns))).item(), rel=0.05
    )
