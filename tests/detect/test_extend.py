import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detect.extend import Extended, asked_for, extend, servable
from detect.incremental import base_of
from detect.kept import Run, manifest, save
from detect.parties import PARTY_GRAINS
from detect.rule import all_rules
from detect.score import score
from detect.touched import Touched, touched_by
from models.registry import DEFAULT
from models.scorer import make
from records.simulate import simulate
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store
from records.tables import SCHEMAS

OWN = [r for r in all_rules().values() if r.grain not in PARTY_GRAINS]
LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-9, "abs_tol": 1e-9}


def of(table: pl.DataFrame, early: list[str], first: bool) -> pl.DataFrame:
    if "tender_id" not in table.columns:
        return table
    return table.filter(pl.col("tender_id").is_null() | (pl.col("tender_id").is_in(early) == first))


def take(store: Store, name: str, tables: dict[str, pl.DataFrame]) -> str:
    return store.take(name, [Raw(tables, pl.DataFrame(schema=UNREADABLE))]).batch_id


class Growing:
    """A workspace that was scored in full, and then got the tenders that closed last."""

    def __init__(self, workspace: Path, n: int = 200, seed: int = 8, late: int = 20) -> None:
        (made,) = simulate(n, seed)
        tables = made.raw.tables
        tenders = tables["tenders"].sort("deadline_at")["tender_id"].to_list()
        self.workspace, self.store = workspace, Store.open_or_create(workspace)
        take(self.store, "first", {n: of(t, tenders[:-late], True) for n, t in tables.items()})
        market = self.store.market(1)
        save(score(market, rules=OWN, scorer=make(DEFAULT), fit=True, records_version=1), workspace)
        self.late = tenders[-late:]
        self.batch = take(self.store, "late", {n: of(t, tenders[:-late], False) for n, t in tables.items()})

    def touched(self, batch: str) -> Touched:
        found = touched_by(self.store, [batch])
        assert found is not None
        return found


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    return Growing(tmp_path_factory.mktemp("growing"))


def check(growing: Growing, made: Extended) -> Run:
    scorer = base_of(growing.workspace).scorer
    whole = score(growing.store.market(), rules=OWN, scorer=scorer, records_version=growing.store.version)
    asked = made.run.scores["tender_id"].to_list()
    columns = ["tender_id", "level", "attention", "score", "rule_ids", "subjects", "n_not_evaluable", "title"]
    expected = whole.alerts.filter(pl.col("tender_id").is_in(asked)).select(columns).sort("tender_id")
    assert_frame_equal(made.run.alerts.select(columns).sort("tender_id"), expected, **LAST_DIGIT)
    return whole


@pytest.mark.slow
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(st.integers(1, 10_000), st.integers(150, 300), st.integers(1, 40))
def test_random_markets_that_grow_are_scored_as_by_a_full_run(seed: int, n: int, late: int) -> None:
    with TemporaryDirectory() as folder:
        growing = Growing(Path(folder), n, seed, late)
        touched = growing.touched(growing.batch)
        made = extend(growing.workspace, growing.store, touched.tenders, why=touched.why, own=touched.own)
        whole = check(growing, made)
        asked = made.run.scores["tender_id"].to_list()
        assert set(asked) >= set(growing.late)
        for name in ("states", "facts", "excused"):
            mine, theirs = (told_of(getattr(run, name), asked) for run in (made.run, whole))
            assert_frame_equal(
                mine.select(theirs.columns), theirs, check_row_order=name != "facts", **LAST_DIGIT
            )
        mine, theirs = (told_of(run.hits, asked) for run in (made.run, whole))
        assert_frame_equal(mine.drop("evidence"), theirs.drop("evidence"), **LAST_DIGIT)
        assert evidence(mine) == evidence(theirs)


def told_of(frame: pl.DataFrame, asked: list[str]) -> pl.DataFrame:
    order = [c for c in ("tender_id", "rule_id", "subjects") if c in frame.columns]
    return frame.filter(pl.col("tender_id").is_in(asked)).sort(order)


def evidence(hits: pl.DataFrame) -> list[Any]:
    return [
        json.loads(told, parse_float=lambda figure: float(f"{float(figure):.8g}"))
        for told in hits["evidence"]
    ]


def test_new_tenders_get_the_alerts_of_a_full_run_and_are_told(growing: Growing) -> None:
    touched = growing.touched(growing.batch)
    assert touched.own == set(growing.late)
    made = extend(growing.workspace, growing.store, touched.tenders, why=touched.why, own=touched.own)
    alerts = set(made.run.alerts["tender_id"]) & set(growing.late)
    assert alerts
    told = made.changes.told()
    assert {line.split(":")[0] for line in told} >= alerts
    assert all("no alert -> " in line and "(its own records)" in line for line in told if line[:23] in alerts)
    changes = manifest(made.folder)["changes"]
    assert changes == made.changes.rows.to_dicts()
    assert {c["tender_id"] for c in changes if c["own"] and c["level_then"] is None} >= alerts


def test_a_corrected_record_scores_again_what_rests_on_it(growing: Growing) -> None:
    bids = growing.store.market().bids.filter(pl.col("tender_id") == growing.late[0]).collect()
    same = bids.select(
        "bid_id", "tender_id", "bidder_id", amount=pl.lit("1234567.00"), source_table=pl.lit("t")
    )
    batch = take(growing.store, "mended", {"bids": same})
    touched = growing.touched(batch)
    assert touched.own == {growing.late[0]}
    asked = sorted({*touched.tenders, *growing.late[:6]})
    made = extend(growing.workspace, growing.store, asked, why=touched.why, own=touched.own)
    check(growing, made)
    assert "Q01" in made.run.alerts.filter(tender_id=growing.late[0])["rule_ids"].item()
    assert any("now" in line and "Q01" in line for line in made.changes.told())


def test_a_bid_that_changes_its_bidder_touches_the_later_tenders_of_both(growing: Growing) -> None:
    tenders = growing.store.market().tenders.select("tender_id", "deadline_at")
    bids = growing.store.market().bids.join(tenders, on="tender_id").sort("deadline_at", "bid_id").collect()
    first = bids.row(0, named=True)
    moved = bids.head(1).select("bid_id", "tender_id", bidder_id=pl.lit("new"), source_table=pl.lit("t"))
    touched = growing.touched(take(growing.store, "moved", {"bids": moved}))
    theirs = bids.filter(pl.col("deadline_at") > first["deadline_at"], bidder_id=first["bidder_id"])
    assert first["tender_id"] in touched.own
    assert set(theirs["tender_id"]) <= set(touched.tenders)


@pytest.mark.parametrize("table", ["contracts", "documents", "amendments", "payments", "subcontracts"])
def test_a_record_that_moves_to_another_tender_touches_both(growing: Growing, table: str) -> None:
    schema = SCHEMAS[table].create_empty().drop("batch_id")
    here, there = growing.late[:2]
    key, other = SCHEMAS[table].primary_key()[0], {"source_table": "t", "source_record": "1"}
    for tender, payer in ((here, "payer before"), (there, "payer after")):
        row = {key: "moves", "tender_id": tender, "from_id": payer, "to_id": "Z", "bidder_id": "Z", **other}
        known = {c: [v] for c, v in row.items() if c in schema.columns}
        touched = growing.touched(take(growing.store, f"{table} {tender}", {table: pl.DataFrame(known)}))
    assert {here, there} <= touched.own


def test_a_list_of_innocent_values_touches_everything(growing: Growing) -> None:
    entry = {"listing": ["sentinel"], "kind": ["upload_ip"], "value": ["1.2.3.4"]}
    batch = take(growing.store, "list", {"known_values": pl.DataFrame(entry)})
    assert touched_by(growing.store, [batch]) is None


def test_tenders_are_asked_for_by_name_and_by_when_they_closed(growing: Growing) -> None:
    tenders = growing.store.market().tenders.sort("deadline_at").collect()
    last = tenders["deadline_at"].drop_nulls().sort()[-4]
    assert len(asked_for(growing.store, [], last)) >= 4
    assert asked_for(growing.store, growing.late[:2], None) == sorted(growing.late[:2])
    assert asked_for(growing.store, [], datetime(9999, 1, 1, tzinfo=UTC)) == []
    with pytest.raises(BadInput, match="There is no tender 'nobody'"):
        asked_for(growing.store, ["nobody"], None)


def test_without_a_full_run_nothing_can_be_added(growing: Growing, tmp_path: Path) -> None:
    assert servable(growing.workspace, model=True)
    assert not servable(tmp_path, model=True)
