import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest

from cases.audit import append, verify
from cases.database import address, opened, reading, writing
from cases.operations.erasure import erase
from cases.operations.ledger import Ledger, Line, Look, Step
from cases.tables import Alert, Entry, Follow, Person, Suppression, View
from detect.kept import latest, save
from detect.rule import all_rules
from detect.score import score
from records.erasure import hash_of
from records.lists import Entry as Listed
from records.lists import add
from records.privacy import load_key
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store

Bidlens = Callable[..., Any]
PHONE, OTHER = "13800001234", "13900009876"


def trace(tender: str, bidder: str, kind: str, value: str) -> dict[str, str]:
    return {"tender_id": tender, "bidder_id": bidder, "kind": kind, "value": value}


def given(table: str, rows: list[dict[str, Any]]) -> Raw:
    told = [{**row, "source_table": table, "source_record": str(n)} for n, row in enumerate(rows)]
    return Raw({table: pl.DataFrame(told)}, pl.DataFrame(schema=UNREADABLE))


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bidders who share a telephone, an account and a device; two versions that hold them."""
    folder = tmp_path_factory.mktemp("made") / "w"
    store = Store.open_or_create(folder)
    deadline = "2025-03-01T00:00:00Z"
    tenders = [{"tender_id": "T1", "deadline_at": deadline, "title": "Road"}]
    bids = [{"bid_id": b, "tender_id": "T1", "bidder_id": b, "amount": "100"} for b in "AB"]
    first = [trace("T1", b, "guarantee_proposer", PHONE) for b in "AB"]
    first += [trace("T1", b, "deposit_account", "6222000011112222") for b in "AB"]
    second = [trace("T1", "A", "phone", "138-0000 1234"), trace("T1", "B", "phone", OTHER)]
    second += [trace("T1", b, "upload_mac", "00-11-22-33-44-55") for b in "AB"]
    chunks = (("tenders", tenders), ("bids", bids), ("identifiers", first), ("identifiers", second))
    for n, (table, rows) in enumerate(chunks):
        store.take("test", [given(table, rows)], n=n)
    day = datetime(2020, 1, 1).date()
    until = datetime(2030, 1, 1).date()
    add(store, Listed("sentinel", "phone", PHONE, "centre", "test call", day, until))
    rules = [r for r in all_rules().values() if r.id in {"E01", "M02", "P06", "M01"}]
    save(score(store.market(), rules=rules, records_version=store.version), folder)
    return folder


def mark(workspace: Path, value: str = PHONE) -> str:
    return hash_of("phone", value, load_key(workspace / "key"))


def traces(workspace: Path, needle: str) -> list[str]:
    """Files of records and runs in which the text stands."""
    found = []
    for file in sorted(p for p in workspace.rglob("*") if p.is_file() and p.name != "key"):
        content = file.read_bytes()
        if file.suffix == ".parquet":
            content = pl.read_parquet(file).write_ndjson().encode()
        if needle.encode() in content:
            found.append(file.relative_to(workspace).as_posix())
    return found


def test_a_value_is_gone_from_all_versions_their_logs_and_the_runs(workspace: Path) -> None:
    secret = mark(workspace)
    before = traces(workspace, secret)
    assert any("_delta_log" in f for f in before)
    assert any(f.endswith("facts.parquet") for f in before)

    done = erase(workspace, "phone", PHONE, "request 17")

    assert done.rows == {"identifiers": {"guarantee_proposer": 2, "phone": 1}, "known_values": {"phone": 1}}
    assert done.facts == 2
    assert traces(workspace, secret) == []


def test_a_run_that_was_killed_while_it_was_saved_goes(workspace: Path) -> None:
    torn = workspace / "runs" / ".20990101T000000-x" / "facts.parquet"
    torn.parent.mkdir()
    torn.write_bytes(b"PAR1 and no end")

    assert erase(workspace, "phone", PHONE, "request 17").facts == 2

    assert not torn.parent.exists()


def test_everything_else_stays(workspace: Path) -> None:
    store = Store(workspace)
    before = {v: store.market(v).identifiers.collect() for v in store.history()["version"]}
    secret = mark(workspace)

    erase(workspace, "phone", PHONE, "request 17")

    for version, rows in before.items():
        kept = store.market(version).identifiers.collect()
        order = ["kind", "bidder_id"]
        assert kept.sort(order).equals(rows.filter(pl.col("value_hash") != secret).sort(order))
    run = latest(workspace)
    assert run is not None
    assert set(run.facts["display"]) >= {"•••", "00-11-22-33-44-55"}


def test_the_store_takes_and_merges_on_afterwards(workspace: Path) -> None:
    erase(workspace, "phone", PHONE, "request 17")
    store = Store(workspace)
    day, until = datetime(2020, 1, 1).date(), datetime(2031, 1, 1).date()

    store.take("test", [given("identifiers", [trace("T1", "B", "phone", "13711112222")])], n=9)
    add(store, Listed("sentinel", "phone", OTHER, "centre", "one", day, until))
    add(store, Listed("sentinel", "phone", OTHER, "centre", "two", day, until))

    assert store.market().identifiers.filter(kind="phone").collect().height == 2
    assert store.market().known_values.collect()["reason"].to_list() == ["two"]


def test_erasing_again_removes_nothing_and_completes_what_was_interrupted(workspace: Path) -> None:
    secret = mark(workspace)
    log = workspace / "records" / "identifiers" / "_delta_log"
    shutil.copytree(log, workspace.parent / "log")
    erase(workspace, "phone", PHONE, "request 17")
    shutil.rmtree(log)
    shutil.copytree(workspace.parent / "log", log)
    assert traces(workspace, secret)

    again = erase(workspace, "phone", PHONE, "request 17")

    assert (again.rows, again.facts) == ({}, 0)
    assert traces(workspace, secret) == []


def test_the_desk_is_told_without_the_value(workspace: Path) -> None:
    engine = opened(address(workspace))
    with writing(engine) as session:
        append(session, "li", "alert.note", "T1", text=f"call {PHONE}")

    done = erase(workspace, "phone", PHONE, "request 17")

    assert done.audited
    assert done.remaining == {"desk: audit": 1}
    with reading(engine) as session:
        assert verify(session) == []
        entry = session.get_one(Entry, 2)
        assert (entry.action, entry.subject) == ("personal.erase", "phone")
        assert PHONE not in entry.detail
        assert mark(workspace) not in entry.detail
        assert json.loads(entry.detail)["reason"] == "request 17"
    engine.dispose()


def test_every_text_of_the_desk_and_names_of_exports_are_looked_at(workspace: Path) -> None:
    engine, at = opened(address(workspace)), datetime.now(UTC)
    with writing(engine) as session:
        session.add(Person(name="li", shown=f"Li {PHONE}", role="lead"))
        session.flush()
        session.add_all([
            Alert(
                grain="tender", subject_id="T1", run_id="r", raised_at=at, level=2, attention=3.0,
                place="queue", rule_ids=["E01"], title=f"Road ({PHONE})",
            ),
            Suppression(
                rule_id="E01", scope="buyer", subject="B", reason="x", text=f"ask {PHONE}", actor="li", at=at,
                until=at,
            ),
            View(person="li", name="mine", query=urlencode({"q": PHONE})),
            Follow(person="li", grain="bidder", subject=PHONE),
        ])  # fmt: skip
    engine.dispose()
    (workspace / "watch").mkdir()
    look = Look(f"{PHONE}.jsonl", 1, 1)
    Ledger(workspace / "watch" / "ledger.jsonl").write(Line(Step.REFUSED, "b", look, "ocds"))
    export = workspace.parent / PHONE
    export.mkdir()
    (export / "tenders.csv").write_text("tender_id\nT2\n")
    Store(workspace).import_("tables", export)

    desk = {f"desk: {t}": 1 for t in ("alerts", "follows", "people", "suppressions", "views")}
    expected = {**desk, "watch/ledger.jsonl": 1, "batches.path": 1}
    assert erase(workspace, "phone", PHONE, "request 17").remaining == expected


def test_what_the_desk_keeps_in_another_spelling_is_found(workspace: Path) -> None:
    engine = opened(address(workspace))
    with writing(engine) as session:
        append(session, "li", "alert.note", "T1", text="问 王小明")
        session.add(Person(name="li", shown="Li", role="lead"))
        session.add(View(person="li", name="mine", query=urlencode({"q": "王小明"})))
    engine.dispose()
    done = erase(workspace, "legal_rep", "王小明", "request 17")
    assert done.remaining == {"desk: audit": 1, "desk: views": 1}


def test_what_still_stands_elsewhere_is_told(workspace: Path) -> None:
    rows = [{"from_id": PHONE, "to_id": "A", "kind": "manages"}]
    Store(workspace).take("test", [given("relations", rows)], n=10)
    assert erase(workspace, "phone", PHONE, "request 17").remaining == {"relations.from_id": 1}


def test_only_personal_values_are_erased_and_for_a_reason(workspace: Path) -> None:
    with pytest.raises(BadInput, match="no personal kind"):
        erase(workspace, "upload_mac", "00-11-22-33-44-55", "why")
    with pytest.raises(BadInput, match="only fills a place"):
        erase(workspace, "legal_rep", "无", "why")
    with pytest.raises(BadInput, match="needs a reason"):
        erase(workspace, "phone", PHONE, " ")


def test_the_value_may_come_from_standard_input_and_is_never_logged(
    workspace: Path, bidlens: Bidlens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_LOG", "json")
    monkeypatch.setattr("sys.stdin", io.StringIO(PHONE + "\n"))
    done = bidlens("erase", "phone", "-", "--reason", "request 17", "-w", str(workspace), "--json")
    assert done.code == 0, done.err
    assert done.json()["rows"]["identifiers"] == {"guarantee_proposer": 2, "phone": 1}
    assert PHONE not in done.out + done.err
