from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.tie.ownership import HUB, LONGEST, MINORITY
from records.tables import Market, market_of

START = datetime(2024, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")


def market_with(relations: list[dict[str, Any]], firms: str = "ABC", tenders: int = 1) -> Market:
    ids = [f"T{t}" for t in range(tenders)]
    deadlines = [START + timedelta(days=100 * t) for t in range(tenders)]
    bids = [{"bid_id": t + f, "tender_id": t, "bidder_id": f, "batch_id": "x"} for t in ids for f in firms]
    told = [{"share": None, "valid_from": None, "valid_to": None, "batch_id": "x", **r} for r in relations]
    types: dict[str, Any] = {"share": pl.Float64, "valid_from": INSTANT, "valid_to": INSTANT}
    return market_of(
        tenders=pl.DataFrame({"tender_id": ids, "deadline_at": deadlines, "batch_id": "x"}),
        bids=pl.DataFrame(bids),
        relations=pl.DataFrame(told, schema_overrides=types),
    )


def owns(owner: str, firm: str, share: float | None = 1.0, kind: str = "owns", **more: Any) -> dict[str, Any]:
    return {"from_id": owner, "to_id": firm, "share": share, "kind": kind, **more}


def random_links(seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    pairs = {(str(a), str(b)) for a, b in rng.choice(list("ABCDXYZ"), (14, 2)) if a != b}
    return [owns(a, b, float(rng.integers(1, 20)) / 20) for a, b in sorted(pairs)]


@pytest.mark.parametrize("seed", range(6))
def test_chains_equal_the_widest_paths_of_a_graph(seed: int) -> None:
    links = random_links(seed)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((r["from_id"], r["to_id"], r["share"]) for r in links)
    made = Build(market_with(links, "ABCD")).table("tender_owners").collect()
    found = {(r["owner"], r["bidder_id"]): (r["share"], r["steps"]) for r in made.to_dicts()}
    expected = {}
    for owner in graph:
        for firm in set("ABCD") & set(graph) - {owner}:
            paths = list(nx.all_simple_paths(graph, owner, firm, cutoff=LONGEST))
            if paths:
                weakest = [min(graph.edges[e]["weight"] for e in pairwise(p)) for p in paths]
                expected[owner, firm] = (max(weakest), min(len(p) - 1 for p in paths))
    assert found == expected


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([owns("A", "B", 0.6)], (0.6, 0.6)),
        ([owns("A", "X", 0.6), owns("X", "B", 0.3)], (0.3, 0.0)),
        ([owns("A", "X", 0.6), owns("X", "B", 0.9), owns("A", "B", 0.2)], (0.6, 0.2)),
        ([owns("A", "B", None)], (MINORITY, MINORITY)),
        ([owns("A", "B", None, "controls")], (1.0, 1.0)),
        ([owns("B", "A", 0.2, "manages")], (1.0, 1.0)),
    ],
)
def test_control_of_a_pair(links: list[dict[str, Any]], expected: tuple[float, float]) -> None:
    made = Build(market_with(links)).table("control").collect()
    assert made.select("control_share", "direct_share").rows() == [expected]


@pytest.mark.parametrize(
    "links",
    [
        [owns("A", "B", 0.04)],
        [owns("A", "S"), owns("S", "B"), owns("B", "S", None, "state_owned_by")],
        [owns("A", "V"), owns("V", "W"), owns("W", "X"), owns("X", "Y"), owns("Y", "B")],
    ],
)
def test_small_stakes_the_state_and_long_chains_tie_nobody(links: list[dict[str, Any]]) -> None:
    assert Build(market_with(links)).table("control").collect().is_empty()


def test_links_hold_while_they_are_in_force() -> None:
    day = START + timedelta(days=100)
    links = [owns("A", "B", 0.6, valid_from=day, valid_to=day + timedelta(days=100))]
    made = Build(market_with(links, tenders=3)).table("control").collect()
    assert made["tender_id"].to_list() == ["T1"]
    chain = [
        owns("A", "X", 0.6, valid_to=START + timedelta(days=1)),
        owns("X", "B", 0.6, valid_from=START + timedelta(days=1)),
    ]
    assert Build(market_with(chain, tenders=3)).table("control").collect().is_empty()


@pytest.mark.parametrize(("others", "expected"), [(HUB - 2, 1), (HUB - 1, 0)])
def test_a_hub_is_one_only_while_it_holds_so_many(others: int, expected: int) -> None:
    later = START + timedelta(days=50)
    links = [owns("X", f) for f in "AB"] + [owns("X", f"F{i}") for i in range(others)]
    assert Build(market_with(links)).table("common_owners").collect().height == expected
    sold = [owns("X", f) for f in "AB"] + [owns("X", f"F{i}", valid_from=later) for i in range(HUB)]
    made = Build(market_with(sold, tenders=2)).table("common_owners").collect()
    assert made["tender_id"].to_list() == ["T0"]
