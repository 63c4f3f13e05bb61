from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import false_discovery_control

from features.build import Build
from features.catalogue import Grain
from features.poisson_binomial import EXACT_WINS
from records.tables import Market, market_of


def brute_force(market: Market) -> dict[str, dict[str, Any]]:
    """Per firm: chances, wins and roles over decided tenders."""
    behind: dict[str, set[str]] = {}
    for m in market.consortium_members.collect().to_dicts():
        behind.setdefault(m["bid_id"], set()).add(m["bidder_id"])
    found: dict[str, dict[str, Any]] = {}
    for (_,), group in market.bids.collect().group_by("tender_id"):
        bids = [b for b in group.to_dicts() if b["won"] or b["status"] in (None, "valid", "pending")]
        winners = {b["bidder_id"] for b in bids if b["won"]}
        if not winners:
            continue
        chance = len(winners) / len({b["bidder_id"] for b in bids})
        by_firm: dict[str, list[tuple[bool, str]]] = {}
        for bid in bids:
            firms = behind.get(bid["bid_id"], set()) | {bid["bidder_id"]}
            for firm in firms:
                lead = "lead" if firm == bid["bidder_id"] else "member"
                role = lead if len(firms) > 1 else "alone"
                by_firm.setdefault(firm, []).append((not bid["won"], role))
        for firm, stands in by_firm.items():
            row = found.setdefault(firm, {"chances": [], "wins": [], "roles": []})
            lost, role = min(stands)
            row["chances"].append(chance)
            row["wins"].append(not lost)
            row["roles"].append(role)
    return found


def tail(chances: list[float], wins: int) -> float:
    law = np.array([1.0])
    for p in chances:
        law = np.convolve(law, [1 - p, p])
    return float(law[: wins + 1].sum())


@pytest.mark.parametrize("seed", range(3))
def test_wins_equal_brute_force(seed: int, make_rich: Callable[..., Market]) -> None:
    market = make_rich(seed)
    expected = brute_force(market)
    frame = Build(market).grain(Grain.BIDDER).collect().filter(pl.col("n_decided").is_not_null())
    assert set(frame["bidder_id"]) == set(expected)
    for row in frame.to_dicts():
        of = expected[row["bidder_id"]]
        wins, chances = sum(of["wins"]), of["chances"]
        near = 1e-6 if wins <= EXACT_WINS else 0.005
        assert (row["n_decided"], row["n_wins"]) == (len(chances), wins)
        assert row["wins_due"] == pytest.approx(sum(chances))
        assert row["few_wins_p"] == pytest.approx(tail(chances, wins), abs=near)
        assert row["many_wins_p"] == pytest.approx(1 - tail(chances, wins - 1), abs=near)
        for role in ("alone", "lead", "member"):
            assert row[f"bids_{role}"] == of["roles"].count(role)
            assert row[f"wins_{role}"] == sum(
                w for w, r in zip(of["wins"], of["roles"], strict=True) if r == role
            )
    for side in ("few", "many"):
        q = false_discovery_control(frame[f"{side}_wins_p"].to_numpy())
        np.testing.assert_allclose(frame[f"{side}_wins_q"].to_numpy(), q)


def test_chances_of_few_and_many_wins_are_not_too_bold() -> None:
    rng = np.random.default_rng(8)
    firms, rows = 400, []
    for t in range(4000):
        entered = rng.choice(firms, int(rng.integers(2, 9)), replace=False)
        winner = rng.choice(entered)
        rows += [(f"T{t}", f"F{f}", f"{t}-{f}", bool(f == winner), "x") for f in entered.tolist()]
    bids = pl.DataFrame(rows, ["tender_id", "bidder_id", "bid_id", "won", "batch_id"], orient="row")
    tenders = bids.select("tender_id", "batch_id").unique()
    frame = Build(market_of(tenders=tenders, bids=bids)).table("bidder_wins").collect()
    for level in (0.01, 0.05):
        bound = level + 3 * np.sqrt(level * (1 - level) / firms)
        for side in ("few", "many"):
            assert (frame[f"{side}_wins_p"] <= level).mean() <= bound
