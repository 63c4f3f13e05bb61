from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.build import Build
from features.catalogue import Grain
from features.poisson_binomial import EXACT_WINS
from records.tables import Market


def decided(market: Market) -> list[dict[str, Any]]:
    """Tenders with a known outcome: when it was known, who contended, who won."""
    found = []
    bids = market.bids.collect()
    for tender in market.tenders.collect().to_dicts():
        rows = bids.filter(tender_id=tender["tender_id"]).to_dicts()
        contending = [b for b in rows if b["status"] == "valid" or b["won"]]
        winners = {b["bidder_id"] for b in contending if b["won"]}
        if winners and tender["closed_at"]:
            known = max(t for t in (tender["closed_at"], tender["deadline_at"]) if t)
            found.append({"known": known, "all": {b["bidder_id"] for b in contending}, "won": winners})
    return found


def tail(chances: list[float], wins: int) -> float:
    law = np.array([1.0])
    for p in chances:
        law = np.convolve(law, [1 - p, p])
    return float(law[: wins + 1].sum())


def brute_force(market: Market) -> dict[str, dict[str, Any]]:
    outcomes = decided(market)
    deadlines = dict(market.tenders.select("tender_id", "deadline_at").collect().rows())
    bids = market.bids.collect().to_dicts()
    rows = {}
    for bid in bids:
        firm, now = bid["bidder_id"], deadlines[bid["tender_id"]]
        if now is None:
            rows[bid["bid_id"]] = dict.fromkeys(("past_bids", "past_wins", "past_losses", "loss_tail_p"))
            continue
        ever = [o for o in outcomes if firm in o["all"] and o["known"] < now]
        past = [o for o in ever if o["known"] >= now.replace(year=now.year - 3)]
        wins = sum(firm in o["won"] for o in past)
        chances = [len(o["won"]) / len(o["all"]) for o in past]
        lost = Counter(w for o in ever if firm not in o["won"] for w in o["won"])
        losses = sum(firm not in o["won"] for o in ever)
        entered = [deadlines[b["tender_id"]] for b in bids if b["bidder_id"] == firm]
        unknown = not ever and any(d and d < now for d in entered)
        near = 1e-6 if wins <= EXACT_WINS else 0.005
        rows[bid["bid_id"]] = {
            "past_bids": None if unknown else len(past),
            "past_wins": None if unknown else wins,
            "expected_wins": None if unknown else pytest.approx(sum(chances)),
            "loss_tail_p": pytest.approx(tail(chances, wins), abs=near) if past else None,
            "win_tail_p": pytest.approx(1 - tail(chances, wins - 1), abs=near) if past else None,
            "past_losses": None if unknown else losses,
            "top_winner_share": pytest.approx(max(lost.values()) / losses) if losses else None,
        }
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_record_equals_brute_force(seed: int, make_market: Callable[..., Market]) -> None:
    market = make_market(seed, n_tenders=80)
    expected = brute_force(market)
    found = Build(market).grain(Grain.BID).collect().to_dicts()
    assert len(found) == len(expected)
    for row in found:
        wanted = expected[row["bid_id"]]
        assert {k: row[k] for k in wanted} == wanted
    assert any((row["past_wins"] or 0) >= 5 for row in found)
    assert any(row["past_bids"] == 0 for row in found)
    assert any(row["past_bids"] is None and row["deadline_at"] for row in found)
