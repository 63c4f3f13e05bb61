from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import betabinom, binom

from features.bidder.activity import failed_bids
from features.build import Build
from features.catalogue import Grain
from records.tables import Market


def entries(market: Market) -> list[dict[str, Any]]:
    """One dictionary per bid and firm behind it, with the columns of bid and tender."""
    tenders = {t["tender_id"]: t for t in market.tenders.collect().to_dicts()}
    behind: dict[str, set[str]] = {}
    for m in market.consortium_members.collect().to_dicts():
        behind.setdefault(m["bid_id"], set()).add(m["bidder_id"])
    found = []
    for bid in market.bids.collect().to_dicts():
        firms = behind.get(bid["bid_id"], set()) | {bid["bidder_id"]}
        found += [
            {**tenders[bid["tender_id"]], **bid, "firm": firm, "joint": len(firms) > 1,
             "lead": firm == bid["bidder_id"]}
            for firm in firms
        ]  # fmt: skip
    return found


def distinct(rows: list[dict[str, Any]], name: str) -> int | None:
    return len({r[name] for r in rows if r[name] is not None}) or None


@pytest.mark.parametrize("seed", range(3))
def test_counts_equal_brute_force(seed: int, make_rich: Callable[..., Market]) -> None:
    market = make_rich(seed)
    every = entries(market)
    bids_of: dict[str, set[str]] = {}
    for row in every:
        bids_of.setdefault(row["tender_id"], set()).add(row["bid_id"])
    found = Build(market).grain(Grain.BIDDER).collect().to_dicts()
    assert {r["bidder_id"] for r in found} >= {r["firm"] for r in every}
    for row in found:
        rows = [r for r in every if r["firm"] == row["bidder_id"]]
        dated = [r["deadline_at"] for r in rows if r["deadline_at"]]
        entered = {r["tender_id"] for r in rows}
        valid = [r for r in rows if r["status"] in (None, "valid") and r["amount"]]
        wanted = {
            "n_entered": len(entered),
            "n_priced": len({r["tender_id"] for r in valid}),
            "n_won": len({r["tender_id"] for r in rows if r["won"]}),
            "first_seen": min(dated),
            "last_seen": max(dated),
            "active_years": len({d.year for d in dated}),
            "n_categories": distinct(rows, "category"),
            "n_regions": distinct(rows, "region"),
            "n_buyers": distinct(rows, "buyer_id"),
            "sole_bid_share": pytest.approx(sum(len(bids_of[t]) == 1 for t in entered) / len(entered)),
            "joint_bid_share": pytest.approx(sum(r["joint"] for r in rows) / len(rows)),
            "failed_bids": sum(r["status"] == "disqualified" for r in rows),
            "n_status_known": sum(r["status"] in ("valid", "disqualified") for r in rows),
        }
        assert {name: row[name] for name in wanted} == wanted


def cells(hits: Any, tries: Any, strata: Any) -> pl.LazyFrame:
    """Bids as `failed_bids` reads them, from counts per firm and stratum."""
    failed = [i < h for h, n in zip(hits, tries, strict=True) for i in range(n)]
    firm = np.repeat([f"F{i:04}" for i in range(len(tries))], tries)
    return pl.LazyFrame({"bidder_id": firm, "stratum": np.repeat(strata, tries), "failed": failed})


def test_the_chance_of_failed_bids_equals_its_formula() -> None:
    hits, tries = np.array([1, 0, 2, 6]), np.array([10, 12, 20, 15])
    row = failed_bids(cells(hits, tries, ["A"] * 4)).collect().row(3, named=True)
    rate = (3 + 0.5) / (42 + 1)
    others = []
    for i in range(3):
        own = (9 - hits[i] + 0.5) / (57 - tries[i] + 1)
        within = own * (1 - own)
        beyond = (hits[i] - tries[i] * own) ** 2 - tries[i] * within
        others.append((beyond, tries[i] * (tries[i] - 1) * within))
    spread = max(0.0, sum(b for b, _ in others) / sum(s for _, s in others))
    law = betabinom(15, rate * (1 / spread - 1), (1 - rate) * (1 / spread - 1)) if spread else binom(15, rate)
    assert row["failed_share_expected"] == pytest.approx(rate)
    assert row["failed_p"] == pytest.approx(law.sf(5))


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_chances_of_failed_bids_are_not_too_bold(spread: float) -> None:
    rng = np.random.default_rng(4)
    n = 3000
    tries, strata = rng.integers(8, 40, n), rng.choice(["A", "B"], n)
    rate = np.where(strata == "A", 0.05, 0.2)
    weight = 1 / max(spread, 1e-9) - 1
    own = rng.beta(rate * weight, (1 - rate) * weight) if spread else rate
    p = failed_bids(cells(rng.binomial(tries, own), tries, strata)).collect()["failed_p"].to_numpy()
    for level in (0.01, 0.05):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / n)
