from dataclasses import replace

import polars as pl
import pytest

from benchmarks.ring_rules import alone_table, confusion_table, measured, recall_table
from detect.kept import Run
from detect.rule import all_rules
from detect.score import score
from records.tables import market_of

MEMBERS = pl.DataFrame(
    {
        "ring_id": ["R1", "R1", "R1", "R2", "R2"],
        "scheme": ["cover"] * 3 + ["swap"] * 2,
        "bidder_id": list("ABCDE"),
    }
)
TRUTH = pl.DataFrame({"tender_id": ["T1", "T2", "T3"], "scheme": ["cover", "cover", None]})


@pytest.fixture
def run() -> Run:
    """Two tender hits, and alerts about a group of R1 with one stranger and about a pair of strangers."""
    tenders = pl.DataFrame({"tender_id": ["T1"], "batch_id": ["b"]})
    empty = score(market_of(tenders=tenders), rules=[all_rules()["B01"]])
    hits = [("T1", "E01", 4), ("T1", "E02", 3), ("T2", "E01", 3), ("T3", "E02", 1)]
    alerts = [("group", "G", ["A", "B", "X"], "cover"), ("pair", "X|Y", ["X", "Y"], None)]
    return replace(
        empty,
        hits=pl.DataFrame(hits, ["tender_id", "rule_id", "level"], orient="row"),
        party_hits=pl.DataFrame(
            [("O03", "G", ["A", "B", "X"], 3), ("O02", "X|Y", ["X", "Y"], 3)],
            ["rule_id", "party_id", "subjects", "level"], orient="row",
        ),
        party_alerts=pl.DataFrame(alerts, ["grain", "party_id", "subjects", "scheme"], orient="row"),
    )  # fmt: skip


def test_recall_is_by_scheme_and_unit(run: Run) -> None:
    made = measured(run, TRUTH, MEMBERS)
    table = alone_table([made.alone], recall_table([made.recall]))
    rows = {r["rule_id"]: r for r in table.to_dicts()}
    assert (rows["E01"]["cover"], rows["E02"]["cover"], rows["E02"]["honest"]) == (1.0, 0.5, 0.0)
    assert (rows["O03"]["cover"], rows["O03"]["swap"], rows["O03"]["honest"]) == (1.0, 0.0, None)
    assert {i: r["alone"] for i, r in rows.items() if r["alone"]} == {"E01": 1, "O03": 1}
    assert (rows["Q02"]["cover"], rows["O04"]["swap"]) == (0.0, 0.0)


def test_markets_in_which_a_rule_finds_nothing_count(run: Run) -> None:
    silent = replace(run, hits=run.hits.clear(), party_hits=run.party_hits.clear())
    parts = [measured(r, TRUTH, MEMBERS).recall for r in (run, silent)]
    rows = {r["rule_id"]: r for r in recall_table(parts).to_dicts()}
    assert (rows["E01"]["cover"], rows["O03"]["cover"]) == (0.5, 0.5)


def test_alerts_about_parties_are_held_against_the_rings(run: Run) -> None:
    made = measured(run, TRUTH, MEMBERS)
    assert made.parties.row(0) == (2, 1, 2, 1)
    assert confusion_table([made.schemes]).to_dicts() == [{"truth": "cover", "cover": 1}]
