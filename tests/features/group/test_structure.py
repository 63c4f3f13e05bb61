from collections.abc import Callable
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.group import structure_null
from features.group.incidence import MISSING, Incidence, cohesion_and_exclusivity, incidence
from records.tables import Market

ME = [("G1", "F00"), ("G1", "F01"), ("G1", "F02"), ("G2", "F02"), ("G2", "F05"), ("G2", "F07"), ("G2", "F09")]


def known(seed: int, make_ring_market: Callable[..., Market]) -> tuple[Incidence, dict[str, set[str]]]:
    build = Build(make_ring_market(seed, n_tenders=60, n_firms=12))
    bids = build.table("priced_bids")
    places = bids.select("tender_id").unique().with_columns(submarket=pl.lit("S"))
    sets = pl.LazyFrame(ME, {"group_id": pl.String, "bidder_id": pl.String}, orient="row")
    entered: dict[str, set[str]] = {}
    for tender, firm in bids.select("tender_id", "bidder_id").collect().rows():
        entered.setdefault(tender, set()).add(firm)
    return incidence(bids, places, sets), entered


@pytest.mark.parametrize("seed", range(3))
def test_measures_equal_brute_force(seed: int, make_ring_market: Callable[..., Market]) -> None:
    rows, entered = known(seed, make_ring_market)
    cohesion, exclusivity = cohesion_and_exclusivity(rows, rows.bidder)
    for place, name in enumerate(rows.groups):
        group = {firm for g, firm in ME if g == name}
        weights = [
            max(MISSING, sum({a, b} <= f for f in entered.values())) for a, b in combinations(group, 2)
        ]
        meetings = [set(p) for f in entered.values() for p in combinations(f, 2)]
        inside = sum(p <= group for p in meetings)
        assert cohesion[place] == pytest.approx(np.exp(np.log(weights).mean()) / np.mean(weights))
        assert exclusivity[place] == pytest.approx(inside / sum(bool(p & group) for p in meetings))


def test_shuffles_keep_degrees_and_put_nobody_into_a_tender_twice(
    make_ring_market: Callable[..., Market],
) -> None:
    rows, _ = known(1, make_ring_market)
    moved = 0
    for bidder in structure_null.shuffles(rows, count=5):
        assert np.array_equal(np.bincount(bidder), np.bincount(rows.bidder))
        assert np.unique(rows.tender * 100 + bidder).size == bidder.size
        moved += int((bidder != rows.bidder).sum())
    assert moved > rows.bidder.size


def test_a_planted_ring_is_more_exclusive_than_its_shuffles(
    make_ring_market: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure_null, "SHUFFLES", 19)
    build = Build(make_ring_market(2, ring=(3, 11, 17, 29)))
    row = build.grain(Grain.GROUP, also=["group_structure_null"]).collect().row(0, named=True)
    assert row["group_size"] == 4
    assert row["exclusivity_z"] > 10
    assert row["exclusivity_rank"] == 0.05
    assert row["cohesion"] > 0.95
    assert (row["group_links"], row["group_density"], row["identifier_pairs"]) == (6, 1.0, None)
