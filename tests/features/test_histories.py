from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import histories as module
from features.build import Build
from features.histories import Stored, histories, tables_of
from features.slice import sliced
from features.tender import ceiling_place, few_bids, market_dispersion, round_losers, screen_places
from features.tie import service_rates, upload_intensity
from features.tie.first_shown import showings
from records.index import Index
from records.simulate import into_store, simulate
from records.source import UNREADABLE, Raw
from records.store import Store

HISTORIES = (
    ceiling_place, few_bids, market_dispersion, round_losers, screen_places, service_rates, upload_intensity,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _histories_speak_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in HISTORIES:
        monkeypatch.setattr(one, "ENOUGH", 5)


def brought_up(store: Store) -> tuple[Index, Stored]:
    index = Index(store)
    index.bring_up()
    stored = Stored(index)
    stored.bring_up()
    return index, stored


def stored_rows(stored: Stored, name: str) -> pl.DataFrame:
    return stored._scan(name).collect()


def same(store: Store, stored: Stored) -> None:
    build = Build(store.market())
    shown = showings(store.market().identifiers, build.table("entries")).collect()
    kept = stored_rows(stored, "first_shown").select(shown.columns)
    assert_frame_equal(kept, shown, check_row_order=False)
    for name in histories():
        rows = build.table(name).collect()
        made = stored_rows(stored, name).select(rows.columns).cast(rows.schema)
        numbers = pl.selectors.integer().cast(pl.Float64)  # squares of sums, which add in no fixed order
        assert_frame_equal(
            *(t.with_columns(numbers) for t in (made, rows)), check_row_order=False, rel_tol=1e-9
        )


def later_half(tmp_path: Path) -> tuple[Store, dict[str, pl.DataFrame]]:
    """A store of the tenders that closed first, and the tables of the others."""
    (made,) = simulate(160, 6, defects=0.0)
    tables = made.raw.tables
    deadlines = tables["tenders"]["deadline_at"]
    early = tables["tenders"].filter(deadlines <= deadlines.sort()[110])["tender_id"]
    old, new = ({n: _of(t, early, first) for n, t in tables.items()} for first in (True, False))
    store = Store.open_or_create(tmp_path / "w")
    store.take("first", [Raw(old, pl.DataFrame(schema=UNREADABLE))])
    return store, new


def _of(table: pl.DataFrame, early: pl.Series, first: bool) -> pl.DataFrame:
    if "tender_id" not in table.columns:
        return table
    of = pl.col("tender_id")
    return table.filter(of.is_null() | (of.is_in(early.to_list()) == first))


def test_what_imports_bring_and_correct_is_added(tmp_path: Path) -> None:
    store, rest = later_half(tmp_path)
    same(store, brought_up(store)[1])
    store.take("rest", [Raw(rest, pl.DataFrame(schema=UNREADABLE))])
    same(store, brought_up(store)[1])
    every = store.market().bids.sort("tender_id").collect()
    bids, elsewhere = every.head(9), every[60:62]
    dearer = bids.select("bid_id", "tender_id", "bidder_id", pl.col("amount") * 2, source_table=pl.lit("t"))
    store.take("mended", [Raw({"bids": dearer}, pl.DataFrame(schema=UNREADABLE))])
    new = pl.DataFrame({"tender_id": ["without a bid"], "buyer_id": ["B"]})
    moved = bids.head(3).select("bid_id", "tender_id", bidder_id=pl.lit("X"), source_table=pl.lit("t"))
    away = elsewhere.select(
        "bid_id", source_table=pl.lit("t"),
        tender_id=pl.lit(rest["tenders"]["tender_id"].max()), bidder_id=pl.lit("Y"),
    )  # fmt: skip
    corrected = pl.concat([moved, away], how="diagonal")
    store.take("moved", [Raw({"bids": corrected}, pl.DataFrame(schema=UNREADABLE))])
    store.take("empty", [Raw({"tenders": new}, pl.DataFrame(schema=UNREADABLE))])
    brought_up(store)
    stored = brought_up(store)[1]
    assert len(stored.segments) == 3
    same(store, stored)


def test_histories_are_of_the_records_of_their_index(tmp_path: Path) -> None:
    store, rest = later_half(tmp_path)
    index = Index(store)
    index.bring_up()
    store.take("rest", [Raw(rest, pl.DataFrame(schema=UNREADABLE))])
    stored = Stored(index)
    stored.bring_up()
    same(index.store, stored)
    same(store, brought_up(store)[1])


def test_many_touched_tenders_make_all_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, rest = later_half(tmp_path)
    brought_up(store)
    store.take("rest", [Raw(rest, pl.DataFrame(schema=UNREADABLE))])
    monkeypatch.setattr(module, "MANY", 10)
    stored = brought_up(store)[1]
    assert len(stored.segments) == 1
    same(store, stored)


def test_a_tender_reads_the_kinds_that_it_is_measured_by(tmp_path: Path) -> None:
    into_store(tmp_path, 200, 2)
    store = Store(tmp_path)
    index, stored = brought_up(store)
    tender = store.market().tenders.sort("deadline_at").last().collect()
    asked = tender["tender_id"].to_list()
    ids = tender.select("tender_id").lazy()
    part = Build(sliced(index, asked, tables_of(histories()), ()).own, asked=ids)
    build = stored.given(part, ["log_dispersions", "turnouts"], asked)
    found = {name: build.table(name) for name in ("log_dispersions", "turnouts")}
    category = found["log_dispersions"].collect()["category"].unique().to_list()
    assert category == tender["category"].to_list()
    assert found["turnouts"].collect()["kind"].n_unique() == 1
