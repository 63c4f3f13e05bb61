from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.bidder.territory import LEAST, concentration
from features.build import Build
from features.catalogue import Grain
from features.poisson_binomial import EXACT_WINS
from records.tables import Market

GIVEN = {"region": ("category",), "category": ("region",), "buyer": ("category", "region")}


def tail(chances: list[float], hits: int) -> float:
    law = np.array([1.0])
    for p in chances:
        law = np.convolve(law, [1 - p, p])
    return float(law[hits:].sum())


def brute_force(mine: list[dict[str, Any]], tenders: list[dict[str, Any]], dimension: str) -> dict[str, Any]:
    of = "buyer_id" if dimension == "buyer" else dimension
    given = GIVEN[dimension]
    known = [r for r in mine if all(r[c] is not None for c in (*given, of))]
    offered: dict[Any, Counter[str]] = {}
    for t in tenders:
        if all(t[c] is not None for c in (*given, of)):
            offered.setdefault(tuple(t[c] for c in given), Counter())[t[of]] += 1
    if len(known) < LEAST:
        return {"n": len(known)} | dict.fromkeys(("top", "top_share", "hhi", "hhi_due", "entropy", "p"))
    n, had = len(known), Counter(r[of] for r in known)
    shares = [offered[tuple(r[c] for c in given)] for r in known]
    reach = sorted({cell for s in shares for cell in s})
    chances = {cell: [s[cell] / s.total() for s in shares] for cell in reach}
    top = min(had, key=lambda cell: (-had[cell], cell))
    sure = chances[top].count(1.0)
    p = tail([c if c < 1 else 0.0 for c in chances[top]], had[top] - sure) * len(reach)
    due = [sum(chances[cell]) / n for cell in reach]
    part = np.array([count / n for count in had.values()])
    widest = np.log(min(n, len(reach)))
    near = 1e-6 if had[top] - sure <= EXACT_WINS else 0.005 * len(reach)
    return {
        "n": n,
        "top": top,
        "top_share": pytest.approx(had[top] / n),
        "hhi": pytest.approx((part**2).sum()),
        "hhi_due": pytest.approx(1 / n + (1 - 1 / n) * sum(d * d for d in due)),
        "entropy": pytest.approx(-(part * np.log(part)).sum() / widest) if widest > 0 else None,
        "p": pytest.approx(min(1, p), abs=near),
    }


@pytest.mark.parametrize("seed", range(2))
def test_territory_equals_brute_force(seed: int, make_rich: Callable[..., Market]) -> None:
    market = make_rich(seed, n_tenders=90)
    build = Build(market)
    entered = build.table("firm_bids").collect().to_dicts()
    placed = {r["tender_id"] for r in entered}
    tenders = [t for t in market.tenders.collect().to_dicts() if t["tender_id"] in placed]
    by_id = {t["tender_id"]: t for t in tenders}
    for row in build.grain(Grain.BIDDER).collect().to_dicts():
        mine = [r for r in entered if r["bidder_id"] == row["bidder_id"]]
        events = {"bids": mine, "wins": [r for r in mine if r["won"]]}
        for event, rows in events.items():
            in_ = [by_id[t] for t in sorted({r["tender_id"] for r in rows})]
            for dimension in GIVEN:
                wanted = brute_force(in_, tenders, dimension)
                found = {name: row[f"{event}_{dimension}_{name}"] for name in wanted}
                assert found == wanted, (row["bidder_id"], event, dimension)


def test_firms_are_ranked_by_what_exceeds_the_expected(make_rich: Callable[..., Market]) -> None:
    frame = Build(make_rich(1)).table("bid_territory").collect()
    beyond = frame["bids_region_hhi"] / frame["bids_region_hhi_due"]
    known = beyond.drop_nulls().to_numpy()
    wanted = [None if b is None else np.mean(known <= b + 1e-12) for b in beyond]
    assert frame["bids_region_hhi_rank"].to_list() == pytest.approx(wanted)


def test_chances_of_concentration_are_not_too_bold() -> None:
    rng = np.random.default_rng(6)
    n_tenders, firms = 3000, 600
    placed = pl.DataFrame(
        {"tender_id": [f"T{t}" for t in range(n_tenders)], "category": rng.choice(["a", "b"], n_tenders),
         "region": rng.choice(list("NESW"), n_tenders, p=[0.4, 0.3, 0.2, 0.1])}
    )  # fmt: skip
    picks = [(f, f"T{t}") for f in range(firms) for t in rng.choice(n_tenders, 5 + f % 30, replace=False)]
    entered = pl.DataFrame(picks, {"bidder": pl.UInt32, "tender_id": pl.String}, orient="row").join(
        placed, on="tender_id"
    )
    p = concentration(entered.lazy(), placed.lazy(), ["category"], "region", "x").collect()["x_p"].to_numpy()
    for level in (0.01, 0.05):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / firms)


def test_a_firm_of_one_region_stands_out() -> None:
    rng = np.random.default_rng(1)
    placed = pl.DataFrame({"tender_id": range(400), "category": "a", "region": rng.choice(list("NESW"), 400)})
    home = placed.filter(region="N").head(12).with_columns(bidder=pl.lit(0, pl.UInt32))
    row = concentration(home.lazy(), placed.lazy(), ["category"], "region", "x").collect().row(0, named=True)
    assert (row["x_top"], row["x_hhi"], row["x_entropy"]) == ("N", 1.0, 0.0)
    assert row["x_p"] < 1e-5
