from datetime import UTC, datetime, timedelta

import networkx as nx
import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from detect.linking import CASES, HUB, link
from detect.rule import Level

START = datetime(2024, 1, 1, tzinfo=UTC)
Row = tuple[int, str, str]


def hits(rows: list[Row], level: Level = Level.ORANGE) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"tender_id": f"T{t:03}", "rule_id": "E08", "level": int(level), "subjects": [a, b]}
            for t, a, b in rows
        ],
        schema={
            "tender_id": pl.String,
            "rule_id": pl.String,
            "level": pl.Int8,
            "subjects": pl.List(pl.String),
        },
    )


def tenders(n: int = 200) -> pl.DataFrame:
    days = [START + timedelta(days=i) for i in range(n)]
    return pl.DataFrame({"tender_id": [f"T{i:03}" for i in range(n)], "deadline_at": days})


def test_cases_are_the_components_of_the_evidence() -> None:
    rng = np.random.default_rng(4)
    rows = [
        (t, f"F{a}", f"F{b}")
        for t, (a, b) in enumerate(np.sort(rng.integers(0, 80, (60, 2)), axis=1))
        if a < b
    ]
    graph = nx.Graph((a, b) for _, a, b in rows)
    expected = {
        frozenset(c) for c in nx.connected_components(graph) if graph.subgraph(c).number_of_edges() > 1
    }
    found = {frozenset(s) for s in link(hits(rows), tenders())["subjects"]}
    assert found - expected == set()
    in_two = {frozenset(c) for c in expected if len({t for t, a, _ in rows if a in c}) >= 2}
    assert found == in_two


def test_order_of_rows_does_not_matter() -> None:
    rows = [(3, "A", "B"), (1, "B", "C"), (2, "X", "Y"), (5, "X", "Y")]
    assert_frame_equal(link(hits(rows), tenders()), link(hits(rows[::-1]), tenders()))


def test_a_case_keeps_its_id_when_tenders_join_and_the_older_when_two_merge() -> None:
    early = [(1, "A", "B"), (2, "A", "B"), (4, "X", "Y"), (5, "X", "Y")]
    assert link(hits(early), tenders())["case_id"].to_list() == ["T001", "T004"]
    merged = link(hits([*early, (9, "B", "X")]), tenders())
    assert merged["case_id"].to_list() == ["T001"]
    assert merged["tender_ids"].to_list() == [["T001", "T002", "T004", "T005", "T009"]]


def test_a_hub_links_nobody() -> None:
    spokes = [(t, f"F{t:03}", "HUB") for t in range(HUB + 1)]
    assert link(hits(spokes), tenders()).is_empty()
    assert link(hits(spokes[:HUB]), tenders()).height == 1


def test_weak_findings_link_nobody() -> None:
    assert link(hits([(1, "A", "B"), (2, "A", "B")], Level.YELLOW), tenders()).schema == CASES
    assert link(hits([(1, "A", "B"), (2, "A", "B")], Level.YELLOW), tenders()).is_empty()


def test_two_bidders_in_one_tender_are_no_case() -> None:
    assert link(hits([(1, "A", "B"), (1, "B", "C")]), tenders()).is_empty()
