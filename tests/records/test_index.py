from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from records import segments
from records.index import COLUMNS, Index
from records.simulate import into_store
from records.source import UNREADABLE, Busy, Raw
from records.store import Store
from records.workspace import INDEX, forget


@pytest.fixture
def store(tmp_path: Path) -> Store:
    into_store(tmp_path / "w", 120, 3)
    return Store(tmp_path / "w")


def same(store: Store, found: Index) -> None:
    for table, columns in COLUMNS.items():
        rows = store.market().to_dict()[table].collect()
        for column in columns:
            some = rows[column].drop_nulls().unique().sort()[::7].to_list()
            expected = rows.filter(pl.col(column).is_in(some))
            made = found.find(table, column, some)
            assert_frame_equal(made, expected.select(made.columns), check_row_order=False)


def brought_up(store: Store) -> Index:
    found = Index(store)
    found.bring_up()
    return found


def test_rows_are_found_by_every_sorted_column(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "PORTION", 500)
    same(store, brought_up(store))


def test_an_import_adds_a_segment_that_hides_what_it_corrects(store: Store) -> None:
    brought_up(store)
    bids = store.market().bids.head(3).collect()
    moved = bids.select("bid_id", "tender_id", bidder_id=pl.lit("X"), source_table=pl.lit("t"))
    store.take("again", [Raw({"bids": moved}, pl.DataFrame(schema=UNREADABLE))])
    found = brought_up(store)
    assert [len(s.batches) for s in found.segments] == [1, 1]
    same(store, found)
    assert found.find("bids", "bidder_id", ["X"]).height == 3
    assert set(found.find("bids", "bidder_id", bids["bidder_id"])["bid_id"]).isdisjoint(bids["bid_id"])


def one_more(store: Store, tender: str) -> None:
    new = pl.DataFrame({"tender_id": [tender], "buyer_id": ["B"]})
    store.take(tender, [Raw({"tenders": new}, pl.DataFrame(schema=UNREADABLE))])


def test_what_is_imported_while_it_is_made_is_left_to_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_up(store)
    one_more(store, "N1")
    found, make = Index(store), Index._make

    def interrupted(index: Index, target: Path, changes: list[str] | None) -> None:
        one_more(store, "N2")
        make(index, target, changes)

    monkeypatch.setattr(Index, "_make", interrupted)
    found.bring_up()
    monkeypatch.undo()
    assert found.store.version == 2
    assert found.find("tenders", "buyer_id", ["B"])["tender_id"].to_list() == ["N1"]
    after = brought_up(store)
    assert [len(s.batches) for s in after.segments] == [1, 1, 1]
    assert sorted(after.find("tenders", "buyer_id", ["B"])["tender_id"]) == ["N1", "N2"]
    same(store, after)


def test_later_imports_that_another_process_added_are_not_shown(store: Store) -> None:
    first = Index(store)
    brought_up(store)
    one_more(store, "N1")
    second = Index(store)
    one_more(store, "N2")
    brought_up(store)
    first.bring_up()
    assert first.find("tenders", "buyer_id", ["B"]).is_empty()
    with pytest.raises(Busy, match="imported meanwhile"):
        second.bring_up()


def test_it_stays_when_versions_of_the_records_are_given_up(store: Store) -> None:
    one_more(store, "N1")
    before = brought_up(store).segments
    one_more(store, "N2")
    assert store.keep_versions(list)[0] == [0, 1, 2]
    found = brought_up(store)
    assert found.segments[:-1] == before
    same(store, found)


def test_it_is_made_again_when_it_was_thrown_away_or_is_of_other_records(
    store: Store, tmp_path: Path
) -> None:
    brought_up(store)
    into_store(tmp_path / "v", 110, 4)
    (store.path / INDEX).rename(tmp_path / "v" / INDEX)
    other = Store(tmp_path / "v")
    same(other, brought_up(other))
    forget(other.path)
    assert Index(other).segments == ()
    same(other, brought_up(other))


def test_many_segments_become_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENTS", 1)
    for number in range(3):
        brought_up(store)
        new = pl.DataFrame({"tender_id": [f"N{number}"], "buyer_id": ["B"]})
        store.take("more", [Raw({"tenders": new}, pl.DataFrame(schema=UNREADABLE))], number=number)
    found = brought_up(store)
    assert len(found.segments) <= 2
    same(store, found)
    names = {p.name for p in (store.path / INDEX).iterdir() if p.is_dir()}
    assert names == {s.name for s in found.segments}


def test_a_column_by_which_nothing_is_sorted_is_named(store: Store) -> None:
    with pytest.raises(ValueError, match="bids is not sorted by 'amount'"):
        brought_up(store).find("bids", "amount", ["1"])
