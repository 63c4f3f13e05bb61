from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import nchypergeom_fisher

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def market(rows: list[tuple[str, str, bool, datetime]]) -> Market:
    frame = pl.DataFrame(rows, ["tender_id", "bidder_id", "won", "deadline_at"], orient="row").with_columns(
        batch_id=pl.lit("x"),
        bid_id=pl.format("{}-{}", "tender_id", "bidder_id"),
        amount=pl.lit(100).cast(pl.Decimal(38, 6)),
    )
    return market_of(
        tenders=frame.select("tender_id", "deadline_at", "batch_id").unique(),
        bids=frame.drop("deadline_at"),
    )


def decided(
    rng: np.random.Generator, strengths: np.ndarray, lots: int
) -> list[tuple[str, str, bool, datetime]]:
    rows = []
    for t in range(lots):
        entered = rng.choice(strengths.size, int(rng.integers(2, 7)), replace=False)
        chance = strengths[entered] / strengths[entered].sum()
        winner = rng.choice(entered, p=chance)
        rows += [
            (f"T{t}", f"F{f:03}", bool(f == winner), NOW - timedelta(days=t % 900)) for f in entered.tolist()
        ]
    return rows


def test_losses_equal_brute_force() -> None:
    rows = decided(np.random.default_rng(1), np.array([3.0, 1, 1, 1, 2, 1, 1, 1]), 120)
    rows += [
        ("old", "F000", True, NOW - timedelta(days=1200)),
        ("old", "F001", False, NOW - timedelta(days=1200)),
    ]
    frame = Build(market(rows)).grain(Grain.BIDDER).collect()
    lots: dict[str, dict[str, bool]] = {}
    for tender, firm, won, at in rows:
        if at > NOW - timedelta(days=1096):
            lots.setdefault(tender, {})[firm] = won
    winner = {t: next(f for f, w in firms.items() if w) for t, firms in lots.items()}
    for row in frame.to_dicts():
        me = row["bidder_id"]
        lost = [t for t, firms in lots.items() if me in firms and winner[t] != me]
        count = Counter(winner[t] for t in lost)
        top = min(count, key=lambda f: (-count[f], f))
        assert (row["recent_losses"], row["top_winner"]) == (len(lost), top)
        assert row["top_loss_share"] == pytest.approx(count[top] / len(lost))
        here = [t for t in lost if top in lots[t] and len(lots[t]) >= 3]
        away = [t for t in lots if top in lots[t] and me not in lots[t]]
        hits, others = sum(winner[t] == top for t in here), sum(winner[t] == top for t in away)
        odds = np.mean([1 / (len(lots[t]) - 2) for t in here]) / np.mean(
            [1 / (len(lots[t]) - 1) for t in away]
        )
        law = nchypergeom_fisher(len(here) + len(away), hits + others, len(here), odds)
        rivals = {f for t in lots if me in lots[t] for f in lots[t]} | (
            {"F000", "F001"} if me in ("F000", "F001") else set()
        )
        assert (row["top_met"], row["top_met_won"]) == (len(here), hits)
        assert row["top_met_due"] == pytest.approx(law.mean(), rel=1e-6)
        chance = law.pmf(np.arange(hits, len(here) + 1)).sum() * (len(rivals) - 1)
        assert row["top_winner_p"] == pytest.approx(min(1, chance), rel=1e-6)


def test_the_chance_is_not_too_bold_whatever_the_strengths() -> None:
    rng = np.random.default_rng(5)
    p = np.concatenate(
        [
            Build(market(decided(rng, rng.lognormal(0, 0.7, 30), 600)))
            .table("concentrated_losses")
            .collect()["top_winner_p"]
            .to_numpy()
            for _ in range(6)
        ]
    )
    for level in (0.01, 0.05):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / p.size)


def test_a_firm_that_makes_room_for_one_winner_stands_out() -> None:
    rng = np.random.default_rng(3)
    rows = decided(rng, np.ones(12), 300)
    for t in range(40):
        others = rng.choice(np.arange(2, 12), 3, replace=False).tolist()
        firms = [0, 1, *others]
        rows += [(f"R{t}", f"F{f:03}", f == 0, NOW - timedelta(days=t)) for f in firms]
    row = (
        Build(market(rows))
        .grain(Grain.BIDDER)
        .filter(pl.col("bidder_id") == "F001")
        .collect()
        .row(0, named=True)
    )
    assert row["top_winner"] == "F000"
    assert row["top_winner_p"] < 0.001
    assert row["top_met_won"] > row["top_met_due"] + 10


def test_a_winner_never_seen_without_the_firm_cannot_be_judged() -> None:
    rows = [(f"T{t}", f"F{f}", f == 0, NOW) for t in range(10) for f in range(3)]
    frame = Build(market(rows)).grain(Grain.BIDDER).filter(bidder_id="F1").collect()
    assert frame["top_loss_share"].to_list() == [1.0]
    assert frame["top_winner_p"].to_list() == [None]
