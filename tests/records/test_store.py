import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

import records.store
from records.source import SOURCES, UNREADABLE, BadInput, Raw, Source
from records.store import Store
from records.workspace import locked

NONE_UNREADABLE = pl.DataFrame(schema=UNREADABLE)
Rows = list[dict[str, Any]]


def bid(bid_id: str, amount: Any = "100", **more: Any) -> dict[str, Any]:
    return {"bid_id": bid_id, "tender_id": "T", "bidder_id": "A", "amount": amount} | more


class Fake:
    """A reader of what the test puts into `chunks`; the file only stands for its content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.chunks: list[Raw | Exception] = []
        self.loads = 0

    def put(self, *chunks: dict[str, Rows] | Exception) -> Path:
        self.chunks = [
            c
            if isinstance(c, Exception)
            else Raw({t: pl.DataFrame(r) for t, r in c.items()}, NONE_UNREADABLE)
            for c in chunks
        ]
        self.loads += 1
        self.path.write_text(str(self.loads))
        return self.path

    def read(self, path: Path, **options: Any) -> Iterator[Raw]:
        assert path == self.path
        assert set(options) <= {"mapping", "zone"}
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake(tmp_path / "input")
    monkeypatch.setitem(SOURCES, "fake", Source("fake", "fake", "假", made.read))
    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open_or_create(tmp_path / "workspace")


def amounts(store: Store, version: int | None = None) -> dict[str, Any]:
    return dict(
        store.market(version).bids.select("bid_id", pl.col("amount").cast(pl.Float64)).collect().rows()
    )


def test_an_import_lands_and_says_what_it_did(store: Store, fake: Fake) -> None:
    rows = [bid("a"), bid("b", "1,000"), bid("c", "x"), bid("b", "1,000")]
    report = store.import_("fake", fake.put({"bids": rows, "tenders": [{"tender_id": "T"}]}))
    bids = report.tables["bids"]
    assert (bids.read, bids.kept, bids.repaired, bids.quarantined, bids.inserted) == (4, 2, 1, 2, 2)
    assert report.adds_up()
    assert amounts(store) == {"a": 100, "b": 1000}
    assert store.version == report.version == 1
    assert store.quarantine()["batch_id"].unique().to_list() == [report.batch_id]
    assert store.batches().select("batch_id", "source", "version").rows() == [(report.batch_id, "fake", 1)]


def test_the_same_content_again_changes_nothing_and_says_so(store: Store, fake: Fake) -> None:
    path = fake.put({"bids": [bid("a"), bid("b", "x")]})
    first, second = store.import_("fake", path), store.import_("fake", path)
    assert (first.already_imported, second.already_imported) == (False, True)
    assert second.batch_id == first.batch_id
    assert (store.version, store.quarantine().height, store.batches().height) == (1, 1, 1)


def test_an_edited_mapping_is_news(store: Store, fake: Fake, tmp_path: Path) -> None:
    path, mapping = fake.put({"bids": [bid("a")]}), tmp_path / "mapping.toml"
    mapping.write_text("one")
    store.import_("fake", path, mapping=mapping)
    mapping.write_text("two")
    assert not store.import_("fake", path, mapping=mapping).already_imported
    assert store.import_("fake", path, mapping=mapping).already_imported
    assert not store.import_("fake", path, mapping=mapping, zone="Asia/Shanghai").already_imported


def test_the_mapping_beside_a_single_file_counts(store: Store, tmp_path: Path) -> None:
    (tmp_path / "tenders.csv").write_text("one,two\nT1,T2\n")
    mapping = '[[files]]\nfile = "tenders.csv"\ntable = "tenders"\n[files.columns]\n{} = "tender_id"\n'
    for column in ("one", "two"):
        (tmp_path / "mapping.toml").write_text(mapping.format(column))
        assert not store.import_("tables", tmp_path / "tenders.csv").already_imported
        assert store.import_("tables", tmp_path / "tenders.csv").already_imported


def test_a_folder_counts_by_all_its_files(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = Raw({"tenders": pl.DataFrame({"tender_id": ["T"]})}, NONE_UNREADABLE)
    monkeypatch.setitem(SOURCES, "fake", Source("fake", "fake", "假", lambda _: iter([raw])))
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("1")
    assert not store.import_("fake", folder).already_imported
    assert store.import_("fake", folder).already_imported
    (folder / "deep" / "file").write_text("2")
    assert not store.import_("fake", folder).already_imported


def test_a_late_correction_replaces_and_old_versions_stay(store: Store, fake: Fake) -> None:
    store.import_("fake", fake.put({"bids": [bid("a"), bid("b")]}))
    report = store.import_("fake", fake.put({"bids": [bid("a", "90"), bid("b"), bid("c")]}))
    bids = report.tables["bids"]
    assert (bids.inserted, bids.updated, bids.unchanged) == (1, 1, 1)
    assert amounts(store) == {"a": 90, "b": 100, "c": 100}
    assert amounts(store, 1) == {"a": 100, "b": 100}
    assert amounts(store, 0) == {}
    batch = dict(store.market().bids.select("bid_id", "batch_id").collect().rows())
    assert batch["a"] == batch["c"] == report.batch_id != batch["b"]


def test_null_means_not_told(store: Store, fake: Fake) -> None:
    store.import_("fake", fake.put({"bids": [bid("a", won=True)]}))
    store.import_("fake", fake.put({"bids": [bid("a", None, rank=1)]}))
    assert store.market().bids.select("amount", "won", "rank").collect().rows() == [(100, True, 1)]


def test_chunks_may_repeat_keys(store: Store, fake: Fake) -> None:
    firm = {"bidder_id": "A", "name": "甲", "region": "62"}
    chunks: list[dict[str, Rows]] = [
        {"bidders": [firm]},
        {"bidders": [firm, {"bidder_id": "B", "name": "乙", "region": None}]},
        {"bidders": [firm | {"name": "甲公司", "region": None}]},
    ]
    report = store.import_("fake", fake.put(*chunks))
    bidders = report.tables["bidders"]
    assert (bidders.read, bidders.inserted, bidders.repeated) == (4, 2, 2)
    assert report.adds_up()
    found = store.market().bidders.select("bidder_id", "name", "region").sort("bidder_id").collect()
    assert found.rows() == [("A", "甲公司", "62"), ("B", "乙", None)]


def test_identifiers_are_kept_once(store: Store, fake: Fake) -> None:
    trace = {"bidder_id": "A", "tender_id": None, "kind": "phone", "value": "13800001234"}
    other = trace | {"bidder_id": "B"}
    first = store.import_("fake", fake.put({"identifiers": [trace]}, {"identifiers": [trace, other]}))
    assert (first.tables["identifiers"].inserted, first.tables["identifiers"].repeated) == (2, 1)
    again = store.import_(
        "fake",
        fake.put(
            {"identifiers": [trace, trace | {"value": "138-0000-1235"}, trace | {"value": "138-0000-1234"}]}
        ),
    )
    counts = again.tables["identifiers"]
    assert (counts.inserted, counts.unchanged, counts.updated) == (1, 1, 0)
    assert store.market().identifiers.collect().height == 3
    assert again.adds_up()


def test_unreadable_records_are_kept_beside(store: Store, fake: Fake) -> None:
    path = fake.put({"bids": [bid("a")]})
    lost = pl.DataFrame([("lines", "3", "no JSON", '{"tel": "13800001234"')], schema=UNREADABLE, orient="row")
    fake.chunks += [Raw({}, lost, {"halved": 2}), Raw({}, lost.clear(), {"halved": 3})]
    report = store.import_("fake", path)
    assert dict(report.unreadable) == {"no JSON": 1}
    assert dict(report.mended_by_reader) == {"halved": 5}
    row = store.quarantine().select("table", "source_record", "reasons", "raw").row(0)
    assert row == (None, "3", ["no JSON"], '{"tel": "•••"')


def test_a_reader_that_fails_midway_changes_nothing(store: Store, fake: Fake) -> None:
    store.import_("fake", fake.put({"bids": [bid("a")]}))
    broken = fake.put({"bids": [bid("a", "1")]}, BadInput("Line 2 is no JSON", "input", "Mend it."))
    with pytest.raises(BadInput, match="Line 2 is no JSON"):
        store.import_("fake", broken)
    assert (store.version, amounts(store)) == (1, {"a": 100})
    assert not (store.path / "records" / ".staging").exists()


def test_an_import_interrupted_while_writing_is_undone_by_the_next(
    store: Store, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.import_("fake", fake.put({"bids": [bid("a"), bid("b")]}))
    path = fake.put({"bids": [bid("a", "1"), bid("c")], "tenders": [{"tender_id": "T"}]})
    with monkeypatch.context() as patch:
        patch.setattr(records.store, "write_head", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.import_("fake", path)
    assert DeltaTable(store.path / "records" / "bids").version() > 0
    assert (store.version, amounts(store)) == (1, {"a": 100, "b": 100})
    assert store.market().tenders.collect().is_empty()
    report = store.import_("fake", path)
    assert report.tables["bids"].inserted == report.tables["bids"].updated == 1
    assert report.tables["tenders"].inserted == 1
    assert (store.version, amounts(store)) == (2, {"a": 1, "b": 100, "c": 100})
    assert store.batches().height == 2
    assert amounts(store, 1) == {"a": 100, "b": 100}


def test_an_import_that_drops_what_was_interrupted(
    store: Store, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.import_("fake", fake.put({"bids": [bid("a")]}))
    path = fake.put({"bids": [bid("z")]})
    with monkeypatch.context() as patch:
        patch.setattr(records.store, "write_head", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.import_("fake", path)
    store.import_("fake", fake.put({"bids": [bid("b")]}))
    assert set(amounts(store)) == {"a", "b"}


def test_one_writer_at_a_time(store: Store, fake: Fake) -> None:
    path = fake.put({"bids": [bid("a")]})
    with (
        locked(store.path / "records" / "lock"),
        pytest.raises(BadInput, match=f"Process {os.getpid()} is writing to this workspace"),
    ):
        store.import_("fake", path)
    assert not store.import_("fake", path).already_imported


def test_the_lock_of_a_dead_process_does_not_hold(store: Store, fake: Fake) -> None:
    lock = store.path / "records" / "lock"
    script = (
        "import os, sys; from pathlib import Path; from records.workspace import locked\n"
        "with locked(Path(sys.argv[1])): os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", script, str(lock)], check=False)
    assert store.import_("fake", fake.put({"bids": [bid("a")]})).version == 1


def test_what_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no workspace"):
        Store(tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadInput, match="A workspace is a folder, this is a file"):
        Store.open_or_create(file)


@pytest.mark.parametrize("name", ["工作区", "my records", "a#b", "a{1}", "*"])
def test_a_workspace_may_have_any_name(tmp_path: Path, fake: Fake, name: str) -> None:
    store = Store.open_or_create(tmp_path / name)
    store.import_("fake", fake.put({"bids": [bid("a")]}))
    store.import_("fake", fake.put({"bids": [bid("a", "90"), bid("b")]}))
    assert (amounts(store), amounts(store, 1)) == ({"a": 90, "b": 100}, {"a": 100})


@pytest.mark.parametrize("name", ["a[b", "a%20b"])
def test_but_not_those_that_delta_lake_cannot_handle(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot lie below a name with"):
        Store.open_or_create(tmp_path / name)


def test_a_damaged_head_is_named(store: Store) -> None:
    (store.path / "records" / "head.json").write_text("{")
    with pytest.raises(BadInput, match=r"head of the store cannot be read.*head\.json"):
        Store(store.path)


def test_no_such_source_file_or_version(store: Store, fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no source 'fax'"):
        store.import_("fax", fake.put())
    with pytest.raises(BadInput, match="no such file or folder"):
        store.import_("fake", tmp_path / "absent")
    with pytest.raises(ValueError, match="no version 7; the last that it has are 0"):
        store.market(7)


def test_history_names_every_version(store: Store, fake: Fake) -> None:
    one = store.import_("fake", fake.put({"bids": [bid("a")]}))
    two = store.import_("fake", fake.put({"bids": [bid("b")]}))
    assert store.history().select("version", "batch_id").rows() == [
        (0, None), (1, one.batch_id), (2, two.batch_id)
    ]  # fmt: skip


def test_chunks_that_come_from_no_file(store: Store) -> None:
    raw = Raw({"bids": pl.DataFrame([bid("a"), bid("b", "x")])}, NONE_UNREADABLE)
    assert store.take("simulated", iter([raw]), seed=1).tables["bids"].quarantined == 1
    assert store.take("simulated", iter([raw]), seed=1).already_imported
    assert store.take("simulated", iter([raw]), seed=2).tables["bids"].unchanged == 1
    assert store.quarantine().height == 2


def test_what_looks_wrong_is_told(store: Store, fake: Fake) -> None:
    path = fake.put(
        {
            "tenders": [{"tender_id": "T", "ceiling": "1000000"}],
            "bids": [bid("a", "95"), bid("b", "960000"), bid("c", tender_id="gone")],
            "bidders": [{"bidder_id": "9133O1OO799655058B", "id_scheme": "CN-USCI"}],
        }
    )
    report = store.import_("fake", path)
    assert (report.unit_slips, report.mixed_scales, report.look_alikes) == (1, 1, 1)
    assert [(e.table, e.record) for e in report.examples] == [
        ("bidders", "9133O1OO799655058B"),
        ("bids", "a"),
        ("tenders", "T"),
    ]
    assert report.orphans == {"bids: bidder_id not in bidders": 3, "bids: tender_id not in tenders": 1}
    assert store.findings()["code"].to_list() == [
        "look-alike in credit code", "unit slip", "bids not on one scale",
    ]  # fmt: skip
    assert amounts(store)["a"] == 95
    later = store.import_("fake", fake.put({"tenders": [{"tender_id": "U"}]}))
    assert (later.unit_slips, later.look_alikes, later.orphans) == (0, 0, report.orphans)
    store.import_("fake", fake.put({"bids": [bid("a", "950000")]}))
    assert store.findings()["code"].to_list() == ["look-alike in credit code"]


def test_the_report_is_plain_values(store: Store, fake: Fake) -> None:
    told = store.import_("fake", fake.put({"bids": [bid("a"), bid("b", "x")]})).to_dict()
    assert told["adds_up"]
    assert told["tables"]["bids"]["reasons"] == {"amount: cannot be read as a number": 1}


def test_progress_is_told(store: Store, fake: Fake) -> None:
    told: list[tuple[str, int]] = []
    store.import_(
        "fake",
        fake.put({"bids": [bid("a")]}, {"bids": [bid("b")]}),
        progress=lambda what, n: told.append((what, n)),
    )
    assert told == [("reading", 1), ("reading", 2), ("writing bids", 2), ("checking", 2)]


chunk = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "2", "x", ""])), max_size=5)


@settings(max_examples=12, deadline=None)
@given(imports=st.lists(st.lists(chunk, min_size=1, max_size=3), min_size=1, max_size=3))
def test_counts_add_up_and_the_last_word_stands(
    imports: list[list[list[tuple[str, str]]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("property")
    store, fake, expected = (
        Store.open_or_create(folder / "workspace"),
        Fake(folder / "input"),
        dict[str, Any](),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "fake", Source("fake", "fake", "假", fake.read))
        for chunks in imports:
            full = [c for c in chunks if c]
            report = store.import_("fake", fake.put(*({"bids": [bid(*row) for row in c]} for c in full)))
            assert report.adds_up()
            assert sum(t.read for t in report.tables.values()) == sum(map(len, full))
            for i, amount in [row for c in full for row in _spoken(c)]:
                expected[i] = float(amount) if amount else expected.get(i)
    assert amounts(store) == expected


def _spoken(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    readable = [row for row in rows if row[1] != "x"]
    return list({i: (i, amount) for i, amount in readable}.values())
