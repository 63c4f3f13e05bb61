from itertools import combinations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from scipy.stats import false_discovery_control

from features import graph
from features.build import Build
from features.graph import affinity_graph
from records.tables import Market, market_of


def market(seed: int, n_tenders: int = 150, shuffle: bool = False) -> Market:
    """Two circles of twenty firms; within the first, F00..F03 keep company."""
    rng = np.random.default_rng(seed)
    bids = []
    for t in range(n_tenders):
        circle = t % 2
        firms = [20 * circle + int(f) for f in rng.choice(20, 6, replace=False)]
        if circle == 0 and rng.random() < 0.1:
            firms = [0, 1, 2, 3]
        bids += [
            {"bid_id": f"{t}-{f}", "tender_id": f"T{t:03}", "bidder_id": f"F{f:02}", "batch_id": "x",
             "amount": int(rng.integers(100, 200)), "status": "valid"}
            for f in firms
        ]  # fmt: skip
    tenders = pl.DataFrame({"tender_id": [f"T{t:03}" for t in range(n_tenders)]}).with_columns(
        batch_id=pl.lit("x")
    )
    frame = pl.DataFrame(bids)
    if shuffle:
        frame, tenders = frame.sample(fraction=1, shuffle=True, seed=seed), tenders.reverse()
    return market_of(tenders=tenders, bids=frame)


def test_significance_is_benjamini_hochberg_over_every_pair_that_could_meet() -> None:
    build = Build(market(1, n_tenders=400))
    pairs = build.table("co_bidding").collect()
    everyone = 40 * 39 // 2
    p = np.append(pairs["joint_p"].to_numpy(), np.ones(everyone - pairs.height))
    q = false_discovery_control(p)[: pairs.height]
    expected = pairs.with_columns(q=pl.Series(q)).filter(pl.col("q") <= 0.01, pl.col("n_joint") >= 3)
    found = build.table("significant_pairs").collect().join(expected, on=["bidder_a", "bidder_b"])
    assert found.height == expected.height == build.table("significant_pairs").collect().height > 0
    assert found["joint_q"].to_numpy() == pytest.approx(found["q"].to_numpy())


def test_tenders_of_one_circle_fall_into_one_submarket() -> None:
    places = Build(market(2, n_tenders=400)).table("submarkets").collect()
    circle = places.with_columns(circle=pl.col("tender_id").str.slice(1).cast(pl.Int64) % 2)
    pure = circle.group_by("submarket").agg(pl.col("circle").n_unique(), pl.len())
    known = pure.filter(pl.col("submarket").str.starts_with("sub-market"))
    assert known["circle"].to_list() == [1] * known.height
    assert known["len"].sum() >= 200


def test_standing_equals_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "STANDS_OUT", -99.0)
    monkeypatch.setattr(graph, "FALSE_DISCOVERIES", 1.0)
    build = Build(market(3))
    place = dict(build.table("submarkets").collect().rows())
    entered: dict[str, set[str]] = {}
    for tender, firm in build.table("priced_bids").select("tender_id", "bidder_id").collect().rows():
        entered.setdefault(tender, set()).add(firm)
    rows = build.table("affinity").collect()
    assert rows.height > 100
    for row in rows.head(40).iter_rows(named=True):
        lots = [firms for t, firms in entered.items() if place[t] == row["submarket"]]
        a, b = row["bidder_a"], row["bidder_b"]
        close = sum(1 / (len(f) - 1) for f in lots if {a, b} <= f)
        total = sum(map(len, lots))
        product = sum(a in f for f in lots) * sum(b in f for f in lots)
        spread = product / total**2 * sum(len(f) / (len(f) - 1) for f in lots)
        assert row["meetings"] == sum({a, b} <= f for f in lots)
        assert row["weight"] == pytest.approx(max(0.0, (close - product / total) / spread**0.5))


@pytest.mark.parametrize("seed", range(3))
def test_edges_are_those_who_keep_company_in_their_circle(seed: int) -> None:
    edges = Build(market(seed, n_tenders=400)).table("affinity").collect()
    found = set(edges.select("bidder_a", "bidder_b").rows())
    company = set(combinations(["F00", "F01", "F02", "F03"], 2))
    assert company <= found
    assert len(found - company) <= 0.1 * 2 * 190
    assert set(edges["basis"]) == {"meetings"}


def test_rare_identifiers_make_edges_and_common_ones_do_not() -> None:
    plain = Build(market(5))
    joint = plain.table("priced_bids").select("tender_id", "bidder_id").collect()
    a, b, c = joint.filter(pl.col("tender_id") == "T001")["bidder_id"].sort().to_list()[:3]
    shared = pl.LazyFrame(
        {"bidder_a": [a, a], "bidder_b": [b, c], "shared_rarity": [8.0, 0.0], "shared_families": [1, 0]}
    )
    edges = Build(market(5), {"shared_identifiers": shared}).table("affinity").collect()
    tied = edges.filter(pl.col("basis").is_in(["identifiers", "both"]))
    assert tied.select("bidder_a", "bidder_b").unique().rows() == [(a, b)]
    assert (tied["weight"] >= tied["shared_rarity"]).all()


def test_order_of_rows_does_not_show() -> None:
    straight, mixed = (Build(market(4, shuffle=s)).table("affinity").collect() for s in (False, True))
    assert straight.drop("weight").equals(mixed.drop("weight"))
    assert straight["weight"].to_numpy() == pytest.approx(mixed["weight"].to_numpy())


def test_graph_carries_every_column() -> None:
    edges = pl.DataFrame(
        {"bidder_a": ["B", "A"], "bidder_b": ["C", "B"], "weight": [1.0, 2.0], "basis": ["x", "y"]}
    )
    made = affinity_graph(edges)
    assert list(made) == ["A", "B", "C"]
    assert nx.utils.edges_equal(
        made.edges(data=True),
        [("A", "B", {"weight": 2.0, "basis": "y"}), ("B", "C", {"weight": 1.0, "basis": "x"})],
    )


def test_a_market_without_bids_has_no_edges() -> None:
    assert Build(market_of()).table("affinity").collect().is_empty()
