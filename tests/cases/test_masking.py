import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from sqlalchemy import select
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cases.commands.desk import lay_down
from cases.commands.package import commands
from cases.database import VARIABLE, address, reading
from cases.database import opened as connected
from cases.masking import BEHIND_THE_SEAL, fit, openings, persons
from cases.tables import Entry
from detect.kept import save
from detect.rule import all_rules
from detect.score import score
from records.source import UNREADABLE, Raw
from records.store import Store
from records.tables import SCHEMAS, Market, market_of

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
SECRETS = ("甘肃甲建设有限公司", "王小明", "4,800,000", "4800000", "1C-69-7A-00-01")


@pytest.fixture(scope="module")
def market(every_list: list[dict[str, str]]) -> Market:
    rows = [("OPEN", NOW - timedelta(days=9)), ("SEALED", NOW + timedelta(days=9))]
    tenders = pl.DataFrame(rows, ["tender_id", "deadline_at"], orient="row").with_columns(
        title=pl.format("Works {}", "tender_id"), batch_id=pl.lit("b"), base_price=pl.lit(7),
        jurisdiction=pl.lit("CN-62"), mechanism=pl.lit("lowest"),
    )  # fmt: skip
    bids = pl.DataFrame({"bidder_id": ["F0", "620102199001011234"], "amount": [4_800_000, 4_900_000]})
    bids = bids.join(tenders.select("tender_id", "batch_id"), how="cross").with_columns(
        bid_id=pl.format("{}-{}", "tender_id", "bidder_id")
    )
    bidders = pl.DataFrame(
        {"bidder_id": bids["bidder_id"].unique(maintain_order=True), "kind": ["company", "person"],
         "name": ["甘肃甲建设有限公司", "王小明"], "batch_id": ["b", "b"]}
    )  # fmt: skip
    traces = bids.select("tender_id", "bidder_id", "batch_id").join(
        pl.DataFrame({"kind": ["author_mac", "author_cpu", "author_disk"]}), how="cross"
    )
    traces = traces.with_columns(value_hash=pl.lit("AA" * 16), display=pl.lit("1C-69-7A-00-01"))
    known = pl.DataFrame(every_list)
    return market_of(tenders=tenders, bids=bids, bidders=bidders, identifiers=traces, known_values=known)


@pytest.fixture(scope="module")
def desk(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    tables = {name: getattr(market, name).collect() for name in ("tenders", "bids", "bidders")}
    Store.open_or_create(folder).take("test", [Raw(tables, UNREADABLE.to_frame())])
    run = score(market, rules=[all_rules()["E01"]], records_version=1)
    save(run, folder)
    lay_down(folder, run, market)
    return folder


@pytest.fixture(autouse=True)
def _at(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(desk))
    monkeypatch.delenv(VARIABLE, raising=False)
    yield
    st.cache_resource.clear()


def opened(tender: str, role: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    at.run()
    at.radio(key="acting_as.en").set_value(
        next(r for r in at.radio(key="acting_as.en").options if r == role)
    ).run()
    at.switch_page("app_pages/20_case.py")
    at.query_params["tender"] = tender
    return at.run()


def shown(at: AppTest) -> str:
    assert not at.exception
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    texts = [x.value for kind in (at.markdown, at.caption, at.info, at.subheader) for x in kind]
    return "\n".join([*html, *texts, *(str(f.value) for f in at.dataframe)])


def test_tables_behind_the_seal_are_all_that_name_bidders_or_judges() -> None:
    tell = {n for n, s in SCHEMAS.items() if {"tender_id"} < set(s.columns()) and n != "tenders"}
    assert tell - set(BEHIND_THE_SEAL) == {"amendments", "decisions"}


def test_nothing_of_a_sealed_tender_is_left_and_all_of_an_open_one(market: Market) -> None:
    sealed = openings(market, NOW)
    assert sealed["tender_id"].to_list() == ["SEALED"]
    seen = fit(market, sealed["tender_id"], personal=True)
    for name in BEHIND_THE_SEAL:
        left, before = getattr(seen, name).collect(), getattr(market, name).collect()
        assert left.equals(before.filter(pl.col("tender_id") != "SEALED"))
    prices = seen.tenders.select("tender_id", "base_price").collect()
    assert dict(prices.iter_rows()) == {"OPEN": 7, "SEALED": None}


def test_a_person_is_masked_and_a_firm_is_not(market: Market) -> None:
    names = fit(market, pl.Series([], dtype=pl.String), personal=False).bidders.select("name").collect()
    assert names["name"].to_list() == ["甘肃甲建设有限公司", "•••明"]
    assert persons(market, ["F0", "620102199001011234"]) == ["620102199001011234"]


@pytest.mark.parametrize("role", ["Viewer", "Supervisor", "Lead"])
def test_before_the_opening_nobody_sees_bidders_unasked(role: str) -> None:
    text = shown(opened("SEALED", role))
    assert "Until then bidders, prices and leads" in text
    assert not [s for s in SECRETS if s in text]
    assert ("These may: Lead." in text) == (role != "Lead")


@pytest.mark.parametrize(
    "address", [{}, {"rule": "E01"}, {"level": "RED"}, {"order": "bids"}, {"show": "all"}]
)
def test_the_queue_does_not_tell_that_anything_was_found_before_the_opening(address: dict[str, str]) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in {"lang": "en", **address}.items():
        at.query_params[name] = value
    for role, found in (("viewer", ["OPEN"]), ("lead", ["OPEN", "SEALED"])):
        at.query_params["role"] = role
        rows = json.loads(at.run().get("bidi_component")[0].proto.json)["rows"]
        assert sorted(r["href"].partition("tender=")[2].partition("&")[0] for r in rows) == found
        assert ("not opened yet 1" in shown(at)) == (role == "viewer" and not {"rule"} & set(address))


@pytest.mark.parametrize(("role", "found"), [("supervisor", ["OPEN"]), ("lead", ["OPEN", "SEALED"])])
def test_no_export_tells_what_was_found_before_the_opening(
    desk: Path, tmp_path: Path, role: str, found: list[str]
) -> None:
    file = tmp_path / "queue.csv"
    told = CliRunner().invoke(commands, ["export", "-o", str(file), "--role", role, "-w", str(desk)])
    assert told.exit_code == 0, told.output
    rows = pl.read_csv(file, infer_schema=False)
    assert sorted(rows["Number"]) == found


@pytest.fixture
def added(desk: Path, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk with a sealed tender LATE that was imported after the full run and scored by itself."""
    folder = Path(shutil.copytree(desk, tmp_path / "w"))
    late = {
        name: getattr(market, name)
        .filter(tender_id="SEALED")
        .with_columns(tender_id=pl.lit("LATE"))
        .collect()
        for name in ("tenders", "bids", "identifiers")
    }
    late["bids"] = late["bids"].with_columns(bid_id=pl.format("{}-{}", "tender_id", "bidder_id"))
    told = {name: late[name] for name in ("tenders", "bids")}
    Store(folder).take("test", [Raw(told, UNREADABLE.to_frame())], n=2)
    base = (folder / "runs" / "latest").read_text()
    run = score(market_of(**late, bidders=market.bidders), rules=[all_rules()["E01"]], records_version=2)
    scope = {"base_run": base, "point": "award"}
    run = replace(run, manifest={**run.manifest, "run_id": f"{base}-added", "scope": scope})
    save(run, folder)
    lay_down(folder, run, market)
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(folder))
    return folder


def test_a_tender_that_came_after_the_full_run_is_sealed_as_well(added: Path, tmp_path: Path) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    for role, found in (("viewer", ["OPEN"]), ("lead", ["LATE", "OPEN", "SEALED"])):
        at.query_params["role"] = role
        rows = json.loads(at.run().get("bidi_component")[0].proto.json)["rows"]
        assert sorted(r["href"].partition("tender=")[2].partition("&")[0] for r in rows) == found
    file = tmp_path / "queue.csv"
    assert CliRunner().invoke(commands, ["export", "-o", str(file), "-w", str(added)]).exit_code == 0
    assert pl.read_csv(file, infer_schema=False)["Number"].to_list() == ["OPEN"]


def test_who_may_sees_the_sealed_bids_with_a_reason_that_is_kept(desk: Path) -> None:
    at = opened("SEALED", "Lead")
    at.text_input[0].set_value("no").run()
    at.button[-1].click().run()
    assert "at least" in at.warning[0].value
    next(t for t in at.text_input if "goes to the log" in t.label).set_value("complaint 12/2026")
    next(b for b in at.button if b.label == "Show").click().run()
    text = shown(at)
    assert "甘肃甲建设有限公司" in text
    assert "王小明" not in text
    engine = connected(address(desk))
    with reading(engine) as session:
        entry = session.scalars(select(Entry).where(Entry.action == "sealed.view")).one()
        assert (entry.actor, entry.subject) == ("local-lead", "SEALED")
        assert "complaint 12/2026" in entry.detail
    engine.dispose()


def test_names_of_persons_are_shown_to_those_who_say_why() -> None:
    text = shown(opened("OPEN", "Viewer"))
    assert "甘肃甲建设有限公司" in text
    assert "王小明" not in text
    assert "620102199001011234" not in text
    at = opened("OPEN", "Supervisor")
    next(t for t in at.text_input if "goes to the log" in t.label).set_value("complaint 12/2026")
    next(b for b in at.button if b.label == "Show").click().run()
    assert "王小明" in shown(at)
