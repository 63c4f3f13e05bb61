from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, hypergeom

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def score(
    tender: str, expert: str, bidder: str, value: float, item: str = "i", **more: Any
) -> dict[str, Any]:
    return {"tender_id": tender, "expert_id": expert, "bidder_id": bidder, "item": item, "score": value,
            "max_score": 100.0, "batch_id": "x"} | more  # fmt: skip


def build(scores: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> Build:
    tenders = sorted({s["tender_id"] for s in scores} | {r["tender_id"] for r in tables.get("panels", [])})
    rows = {"tenders": [{"tender_id": t} for t in tenders], "expert_scores": scores} | tables
    frames = {
        name: pl.DataFrame([{"batch_id": "x"} | row for row in given], infer_schema_length=None)
        for name, given in rows.items()
        if given
    }
    return Build(market_of(**frames))


def experts(build: Build) -> dict[str, dict[str, Any]]:
    frame = build.grain(Grain.EXPERT).collect()
    return dict(zip(frame["expert_id"], frame.rows(named=True), strict=True))


@cache
def simulated(lean: float = 0.0, seed: int = 5) -> Build:
    rng = np.random.default_rng(seed)
    rows = []
    for t in range(400):
        panel = rng.choice(30, 5, replace=False)
        entered = rng.choice(25, 5, replace=False)
        for b in entered:
            quality = rng.normal(75, 5)
            for e in panel:
                favour = lean if (e, b) == (3, 7) else 0.0
                rows.append(
                    score(f"T{t}", f"E{e}", f"F{b}", round(quality + rng.normal(0, 2) + favour + e % 3, 1))
                )
    return build(rows)


def test_deviations_of_each_expert() -> None:
    rows = [score("T", e, "A", v) for e, v in zip("xyz", (80, 80, 50), strict=True)]
    found = experts(build(rows))
    panel = (80 + 80 + 50) / 3
    assert found["z"]["mean_mark_deviation"] == pytest.approx(30 / panel)
    assert found["z"]["mark_bias"] == pytest.approx(-30 / panel)
    assert (found["z"]["extreme_mark_share"], found["x"]["extreme_mark_share"]) == (1.0, 0.0)
    assert found["z"]["mark_deviation_z"] is None


def test_objective_items_tell_who_stands_alone() -> None:
    rows = [score("T", e, "A", v, objective=True) for e, v in zip("wxyz", (5, 5, 5, 4), strict=True)]
    rows += [score("T", e, "B", v, objective=True) for e, v in zip("wxyz", (5, 5, 4, 4), strict=True)]
    found = experts(build(rows))
    assert found["z"]["objective_outlier_share"] == 1.0
    assert (found["x"]["objective_outlier_share"], found["x"]["n_objective_marks"]) == (0.0, 1)


def test_leanings_under_impartial_experts_are_what_chance_gives() -> None:
    p = simulated().table("affinities").collect()["p"]
    assert p.len() > 500
    for level in (0.01, 0.05, 0.5):
        assert (p <= level).sum() <= binom.ppf(0.9999, p.len(), level)
        assert (p <= level).sum() >= binom.ppf(0.0001, p.len(), level)


def test_generous_experts_favour_nobody() -> None:
    frame = simulated().table("affinities").collect()
    by_bias = frame.group_by(pl.col("expert_id").str.slice(1).cast(pl.Int64) % 3).agg(pl.col("z").mean())
    assert max(abs(z) for z in by_bias["z"]) < 0.2


def test_a_partial_expert_is_found() -> None:
    row = experts(simulated(lean=8.0))["E3"]
    assert row["favoured_bidder"] == "F7"
    assert row["affinity_q"] < 1e-3
    assert 0 < row["affinity_effect"] < 0.08


def test_a_leaning_by_hand() -> None:
    frame = simulated().table("affinities").collect()
    marks = simulated().table("bid_leanings").collect()
    expert, bidder, mean, z = frame.select("expert_id", "bidder_id", "mean", "z").row(0)
    of = marks.filter(pl.col("expert_id") == expert)
    own, rest = (of.filter((pl.col("bidder_id") == bidder) == s)["leaning"] for s in (True, False))
    noise = float((rest**2).mean()) / own.len()  # type: ignore[arg-type]
    assert mean == pytest.approx(own.mean())
    assert z == pytest.approx(own.mean() / noise**0.5)


def panels(pool: int, seed: int, tenders: int = 150, together: bool = False) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    drawn = []
    for t in range(tenders):
        seats = set(rng.choice(pool, 5, replace=False).tolist())
        if together and seats & {0, 1}:
            seats |= {0, 1}
        drawn += [{"tender_id": f"T{t}", "expert_id": f"E{e}", "speciality": "s"} for e in seats]
    return drawn


def test_drawn_experts_meet_as_chance_has_it() -> None:
    met = build([], panels=panels(40, 2)).table("met_experts").collect()
    pairs = 40 * 39 // 2
    for level in (0.01, 0.05):
        assert (met["p"] <= level).sum() <= binom.ppf(0.9999, pairs, level)
    row = met.row(0, named=True)
    of = (row["draws"], row["of_a"], row["of_b"])
    assert row["p"] == pytest.approx(hypergeom.sf(row["together"] - 1, *of))


def test_experts_who_always_come_together() -> None:
    found = experts(build([], panels=panels(40, 2, together=True)))
    assert found["E0"]["companion"] == "E1"
    assert found["E0"]["companion_q"] < 1e-6


def test_small_pools_are_left_out() -> None:
    assert not build([], panels=panels(29, 2)).table("met_experts").collect().height


def test_an_expert_s_pace_is_the_median_over_tenders() -> None:
    start = pl.datetime(2024, 1, 1, time_zone="UTC")
    times = [10, 20, 60]
    rows = [{"tender_id": f"T{i}", "expert_id": "e"} for i in range(3)]
    built = build([], panels=rows, bids=[
        {"bid_id": f"T{i}{b}", "tender_id": f"T{i}", "bidder_id": b} for i in range(3) for b in "AB"
    ])  # fmt: skip
    minutes = pl.col("tender_id").replace_strict({f"T{i}": m for i, m in enumerate(times)})
    timed = built.table("panels").with_columns(
        started_at=start, finished_at=start + pl.duration(minutes=minutes)
    )
    assert experts(built.replacing("panels", timed))["e"]["marking_minutes_per_bid"] == 10
