import json
from pathlib import Path
from typing import Any

import pytest

from records.source import Raw, read


def read_release(folder: Path, **parts: Any) -> Raw:
    release = {
        "ocid": "o-1",
        "date": "2024-03-01T00:00:00Z",
        "tender": {"title": "Road"},
        "parties": [{"id": "p1", "identifier": {"scheme": "X", "id": "1"}}, {"id": "p2"}],
        "awards": [{"id": "A", "suppliers": [{"id": "p1"}], "status": "active"}],
    } | parts
    path = folder / "release.json"
    path.write_text(json.dumps(release))
    (raw,) = read("ocds", path)
    return raw


def contract(**more: Any) -> dict[str, Any]:
    value = {"amount": 120, "currency": "EUR"}
    return {"id": "C", "awardID": "A", "value": value, "dateSigned": "2024-03-05"} | more


def test_a_contract_belongs_to_the_supplier_of_its_award(tmp_path: Path) -> None:
    (row,) = read_release(tmp_path, contracts=[contract()]).tables["contracts"].rows(named=True)
    assert (row["contract_id"], row["tender_id"], row["bidder_id"]) == ("o-1#C", "o-1", "X-1")
    assert (row["award_id"], row["amount"], row["currency"]) == ("o-1#A", "120", "EUR")
    assert row["signed_at"] == "2024-03-05T00:00:00Z"


def test_a_contract_with_several_suppliers_states_no_shares(tmp_path: Path) -> None:
    awards = [{"id": "A", "suppliers": [{"id": "p1"}, {"id": "p2"}]}]
    rows = read_release(tmp_path, awards=awards, contracts=[contract()]).tables["contracts"]
    assert rows.select("bidder_id", "amount").rows() == [("X-1", None), ("p2", None)]
    assert rows["contract_id"].n_unique() == 2


def test_a_contract_without_an_award_stands_on_the_only_lot(tmp_path: Path) -> None:
    raw = read_release(tmp_path, contracts=[contract(awardID=None, id=None)])
    (row,) = raw.tables["contracts"].rows(named=True)
    assert (row["contract_id"], row["tender_id"], row["bidder_id"]) == ("o-1#no. 1", "o-1", None)


def test_a_contract_of_an_unknown_lot_is_set_aside(tmp_path: Path) -> None:
    tender = {"lots": [{"id": 1}, {"id": 2}]}
    raw = read_release(tmp_path, tender=tender, contracts=[contract(awardID="?")], awards=[])
    assert "contracts" not in raw.tables
    (row,) = raw.unreadable.rows(named=True)
    assert (row["source_table"], row["reason"]) == (
        "contracts", "names no award, but its tender has several lots",
    )  # fmt: skip


def test_transactions_that_name_both_sides_are_payments(tmp_path: Path) -> None:
    paid = {"id": "t1", "date": "2024-04-01", "value": {"amount": 7}, "payer": {"id": "p2"}}
    transactions = [paid | {"payee": {"id": "p1"}}, paid | {"id": "t2"}]
    raw = read_release(tmp_path, contracts=[contract(implementation={"transactions": transactions})])
    (row,) = raw.tables["payments"].rows(named=True)
    assert (row["payment_id"], row["from_id"], row["to_id"]) == ("o-1#C#t1", "p2", "X-1")
    assert (row["tender_id"], row["amount"], row["paid_at"]) == ("o-1", "7", "2024-04-01T00:00:00Z")


@pytest.mark.parametrize(("lots", "tenders"), [([], ["o-1"]), ([{"id": 1}, {"id": 2}], ["o-1/1", "o-1/2"])])
def test_amendments_stand_on_every_lot(
    tmp_path: Path, lots: list[dict[str, Any]], tenders: list[str]
) -> None:
    amendments = [{"id": "m", "date": "2024-01-05T10:00:00Z"}]
    raw = read_release(tmp_path, tender={"lots": lots, "amendments": amendments}, awards=[])
    rows = raw.tables["amendments"]
    assert rows["tender_id"].to_list() == tenders
    assert rows["published_at"].to_list() == ["2024-01-05T10:00:00Z"] * len(tenders)
    assert rows["amendment_id"].is_unique().all()


def test_a_release_without_them_has_no_such_tables(tmp_path: Path) -> None:
    assert not {"contracts", "payments", "amendments"} & set(read_release(tmp_path).tables)
