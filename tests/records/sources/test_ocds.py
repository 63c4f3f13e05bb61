import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.ocds.release import Release
from records.ocds.tables import SPANNING, tables_of
from records.source import BadInput, Raw, read
from records.sources.ocds import MERGED

FIXTURE = Path(__file__).parents[2] / "fixtures" / "ocds" / "releases.jsonl"


@pytest.fixture(scope="module")
def raw() -> Raw:
    (only,) = read("ocds", FIXTURE)
    return only


def row(frame: pl.DataFrame, **key: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in key.items()), named=True)


def read_text(folder: Path, text: str, name: str = "in.json") -> Raw:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    (only,) = read("ocds", path)
    return only


def test_a_tender_without_lots_is_one_row(raw: Raw) -> None:
    tender = row(raw.tables["tenders"], tender_id="o-1")
    assert tender["estimate"] == "2118120.3904"
    assert tender["mechanism"] == "lowest"
    assert tender["category"] == "works"
    assert tender["published_at"] == "2024-01-01T00:00:00Z"
    assert tender["deadline_at"] == "2024-02-01T23:59:59Z"
    assert tender["opened_at"] == "2024-02-02T10:00:00-04:00"
    assert tender["closed_at"] == "2024-02-20T00:00:00Z"
    assert (tender["buyer_id"], tender["buyer_name"], tender["agency_id"]) == ("B9", "Council", None)
    assert (tender["region"], tender["jurisdiction"]) == ("North", "DO")
    assert (tender["source_table"], tender["source_record"]) == ("tender", "line 1")


def test_each_lot_is_a_tender(raw: Raw) -> None:
    lots = raw.tables["tenders"].filter(pl.col("procedure_id") == "o-3")
    assert lots["tender_id"].to_list() == ["o-3/1", "o-3/2"]
    assert lots["estimate"].to_list() == ["60", None]
    assert lots["currency"].to_list() == ["EUR", "EUR"]
    assert lots["status"].to_list() == ["active", "active"]
    assert lots["mechanism"].to_list() == [None, None]
    assert lots["buyer_id"].to_list() == ["B1", "B1"]


def test_amounts_keep_every_digit(raw: Raw) -> None:
    bids = raw.tables["bids"]
    assert row(bids, bid_id="o-1#a")["amount"] == "90071992547409931.123456"
    assert row(bids, bid_id="o-1#c")["amount"] == "12.50"


def test_times_without_a_zone_are_utc(raw: Raw) -> None:
    assert row(raw.tables["bids"], bid_id="o-1#a")["submitted_at"] == "2024-01-29T13:35:00.301169Z"


def test_statuses_out_of_the_list_are_unknown(raw: Raw) -> None:
    status = dict(raw.tables["bids"].select("bid_id", "status").iter_rows())
    assert (status["o-1#b"], status["o-1#c"]) == ("disqualified", None)


def test_bidders_are_known_by_their_public_identifier(raw: Raw) -> None:
    assert row(raw.tables["bids"], bid_id="o-1#a")["bidder_id"] == "DO-RPE-11"
    ada = row(raw.tables["bidders"], bidder_id="DO-RPE-11")
    assert (ada["name"], ada["id_scheme"], ada["region"]) == ("Ada Ltd", "DO-RPE", "East")
    assert "loc-3" in raw.tables["bidders"]["bidder_id"].to_list()


def test_the_outcome_is_false_only_where_somebody_won(raw: Raw) -> None:
    won = dict(raw.tables["bids"].select("bid_id", "won").iter_rows())
    assert (won["o-1#a"], won["o-1#b"], won["o-1#c"]) == (True, False, False)
    assert (won["o-3#x"], won["o-3#y#1"], won["o-3#y#2"]) == (True, False, None)
    assert won["o-4#m"] is None


def test_a_bid_for_several_lots_stands_on_each_without_an_amount(raw: Raw) -> None:
    both = raw.tables["bids"].filter(pl.col("bid_id").str.starts_with("o-3#y"))
    assert both["tender_id"].to_list() == ["o-3/1", "o-3/2"]
    assert both["amount"].to_list() == [None, None]
    assert raw.repairs[SPANNING] == 2


def test_joint_bids_list_their_members(raw: Raw) -> None:
    members = raw.tables["consortium_members"]
    assert members["bid_id"].to_list() == ["o-3#x", "o-3#x"]
    assert members["bidder_id"].to_list() == ["P", "Q"]
    assert row(raw.tables["bids"], bid_id="o-3#x")["bidder_id"] == "P"


def test_awards_follow_the_lots_of_their_bids(raw: Raw) -> None:
    awards = raw.tables["awards"]
    assert row(awards, award_id="o-3#A1")["tender_id"] == "o-3/1"
    assert row(awards, award_id="o-1#A")["amount"] == "5"


def test_contact_points_become_identifiers_of_that_bid(raw: Raw) -> None:
    found = raw.tables["identifiers"].select("bidder_id", "tender_id", "kind", "value").rows()
    assert sorted(found) == [
        ("DO-RPE-11", "o-1", "address", "Main St 1, Town"),
        ("DO-RPE-11", "o-1", "email", "a@b.do"),
        ("DO-RPE-11", "o-1", "phone", "809-1"),
        ("DO-RPE-12", "o-1", "address", "2nd St"),
        ("DO-RPE-12", "o-1", "phone", "809-1"),
    ]
    assert raw.tables["identifiers"]["observed_at"].unique().to_list() == ["2024-03-01T00:00:00Z"]


def test_what_is_no_row_is_kept_with_its_reason(raw: Raw) -> None:
    found = dict(raw.unreadable.select("source_record", "reason").iter_rows())
    assert found.pop("line 2").startswith("broken JSON: ")
    assert found == {
        "line 3, tender.title": "value left out: Expected `str | null`, got `int`",
        "line 3, bid z": "names no lot, but its tender has several",
        "line 3, bid w": "names a lot that its tender does not have",
        "line 3, bid v": "names no tenderer",
        "line 3, award A2": "names no supplier",
        "line 3, award A3": "names no lot, but its tender has several",
    }


def test_every_bid_is_a_row_or_unreadable(raw: Raw) -> None:
    assert raw.tables["bids"]["bid_id"].n_unique() == raw.tables["bids"].height == 3 + 3 + 1
    assert (raw.unreadable["source_table"] == "bids").sum() == 3


@given(
    lots=st.lists(st.sampled_from("123"), unique=True),
    named=st.lists(st.none() | st.lists(st.sampled_from("1239"), unique=True), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_no_bid_is_lost(lots: list[str], named: list[list[str] | None]) -> None:
    bids = [{"id": i, "tenderers": [{"id": "P"}], "relatedLots": n or []} for i, n in enumerate(named)]
    release = {"ocid": "o", "tender": {"lots": [{"id": x} for x in lots]}, "bids": {"details": bids}}
    raw = tables_of([msgspec.convert(release, Release)], ["line 1"], None)
    placed = set(raw.tables["bids"]["bid_id"].str.extract(r"^o#(\d+)"))
    lost = set(raw.unreadable["source_record"].str.extract(r"bid (\d+)$"))
    assert placed | lost == {str(i) for i in range(len(named))}
    assert raw.tables["tenders"].height == max(len(lots), 1)


def test_gzip_and_chunks_give_the_same_rows(raw: Raw, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(FIXTURE.read_bytes()))
    pieces = list(read("ocds", path, chunk=1))
    assert len(pieces) > 1
    bids = pl.concat([p.tables["bids"] for p in pieces])
    assert bids.equals(raw.tables["bids"])


def test_a_release_package_merges_the_releases_of_a_procedure(tmp_path: Path) -> None:
    package = {
        "releases": [
            {"ocid": "o-1", "date": "2024-02-01", "awards": [{"id": "A", "suppliers": [{"id": "P"}]}]},
            {
                "ocid": "o-1",
                "date": "2024-01-01",
                "tender": {"title": "Roof"},
                "bids": {"details": [{"id": "b", "tenderers": [{"id": "P"}]}]},
            },
        ]
    }
    raw = read_text(tmp_path, json.dumps(package, indent=2))
    assert raw.tables["tenders"]["title"].to_list() == ["Roof"]
    assert raw.tables["bids"]["won"].to_list() == [True]
    assert raw.repairs[MERGED] == 1


@pytest.mark.parametrize("indent", [None, 2])
def test_a_record_package_gives_compiled_releases(tmp_path: Path, indent: int | None) -> None:
    package = {
        "records": [
            {"ocid": "o-1", "compiledRelease": {"ocid": "o-1", "tender": {"title": "Roof"}}},
            {"ocid": "o-2", "releases": [{"ocid": "o-2", "tender": {"title": "Wall"}}, {"url": "there"}]},
        ]
    }
    raw = read_text(tmp_path, json.dumps(package, indent=indent))
    assert raw.tables["tenders"]["title"].to_list() == ["Roof", "Wall"]
    assert raw.unreadable["reason"].to_list() == ["has no ocid"]


def test_a_list_of_releases_is_read(tmp_path: Path) -> None:
    raw = read_text(tmp_path, '\ufeff[\n{"ocid": "o-1"},\n{"ocid": "o-2"}\n]')
    assert raw.tables["tenders"]["tender_id"].to_list() == ["o-1", "o-2"]


def test_a_broken_first_line_does_not_stop_the_others(tmp_path: Path) -> None:
    raw = read_text(tmp_path, '{"ocid": \n{"ocid": "o-2"}\n', "in.jsonl")
    assert raw.tables["tenders"]["tender_id"].to_list() == ["o-2"]
    assert raw.unreadable["source_record"].to_list() == ["line 1"]


def test_jurisdiction_can_be_stated() -> None:
    (raw,) = read("ocds", FIXTURE, jurisdiction="XX")
    assert raw.tables["tenders"]["jurisdiction"].unique().to_list() == ["XX"]


def test_a_broken_document_names_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no JSON: .* line 3 column 1 "):
        read_text(tmp_path, '{\n"releases": [\n}')


@pytest.mark.parametrize("text", ["", '{"a": 1}', "[]", '{"x"\n{"y"'])
def test_a_file_without_releases_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"No OCDS release|no JSON"):
        list(read("ocds", _written(tmp_path, text)))


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(FIXTURE.read_bytes())[:-20])
    with pytest.raises(BadInput, match="gzip file is damaged"):
        list(read("ocds", path))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one file"):
        list(read("ocds", tmp_path))


def _written(folder: Path, text: str) -> Path:
    path = folder / "in.json"
    path.write_text(text)
    return path


def test_ten_thousand_real_releases(real_file: Callable[[str], Path]) -> None:
    (raw,) = read("ocds", real_file("ocds/10000.jsonl"))
    bids = raw.tables["bids"]
    assert raw.tables["tenders"].height == 10_000
    assert (bids.height, bids["bid_id"].n_unique(), bids["tender_id"].n_unique()) == (24_903, 24_903, 9_501)
    assert bids["bidder_id"].n_unique() == 6_467
    # of the 23,965 amounts, 942 are 0, which the contract takes as no price
    assert (bids["amount"].count(), (bids["amount"] == "0").sum(), raw.repairs) == (23_965, 942, {})
    # 20 suppliers never bid
    assert raw.tables["bidders"].height == 6_487
    assert raw.unreadable["reason"].to_list() == ["names no supplier"] * 20
    assert bids["won"].sum() == 11_768
    assert raw.tables["identifiers"].group_by("kind").len().sort("kind").rows() == [
        ("address", 24_533), ("phone", 24_533),
    ]  # fmt: skip
