from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from app_pages.network_chart import chart, lines, placed
from app_pages.words import Words
from cases.database import VARIABLE, address, writing
from cases.database import opened as connected
from cases.tables import Alert, Fired
from detect.kept import save
from detect.network import FIRMS, TIES, Network
from detect.rule import all_rules
from detect.score import score
from records.source import UNREADABLE, Raw
from records.store import Store
from records.tables import market_of

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ids = ["T1", "T2", "T3", "LONE"]
    tenders = pl.DataFrame(
        {"tender_id": ids, "title": [f"Works {i}" for i in ids], "batch_id": ["b"] * 4,
         "deadline_at": [NOW + timedelta(days=40 * i) for i in range(4)], "estimate": [100] * 4,
         "mechanism": ["lowest"] * 4}
    )  # fmt: skip
    rows = [(t, f, 80 + i, i == 0) for t in ids[:3] for i, f in enumerate(["A", "B", "C"])] + [
        ("LONE", "Z", 1, True)
    ]
    bids = pl.DataFrame(rows, ["tender_id", "bidder_id", "amount", "won"], orient="row").with_columns(
        bid_id=pl.format("{}-{}", "tender_id", "bidder_id"), batch_id=pl.lit("b")
    )
    bidders = pl.DataFrame({"bidder_id": ["A", "B", "C"], "name": ["甲公司", "乙公司", "=1+1"]}).with_columns(
        batch_id=pl.lit("b")
    )
    folder = tmp_path_factory.mktemp("around")
    tables = {"tenders": tenders, "bids": bids, "bidders": bidders}
    Store.open_or_create(folder).take("test", [Raw(tables, UNREADABLE.to_frame())])
    save(score(market_of(**tables), rules=[all_rules()["Q02"]], records_version=1), folder)
    engine = connected(address(folder))
    with writing(engine) as session:
        session.add(
            Alert(
                id=1, grain="tender", subject_id="T1", run_id="r", raised_at=NOW, level=2, attention=1.0,
                place="queue", rule_ids=["Q02"], state="explained", reason="FX16", closed_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.add(Fired(rule_id="Q02", mark=1, level=2, alert_id=1))
    engine.dispose()
    return folder


@pytest.fixture(scope="module", autouse=True)
def _caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _at(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(desk))
    monkeypatch.delenv(VARIABLE, raising=False)


def opened(tender: str, view: str, lang: str = "en") -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = lang
    at.switch_page("app_pages/20_case.py")
    at.query_params["tender"] = tender
    at.run().segmented_control(key=f"around.{lang}").set_value(view).run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    return "\n".join([*html, *(x.value for kind in (at.caption, at.info, at.markdown) for x in kind)])


def test_earlier_meetings_are_listed_with_winner_and_price() -> None:
    at = opened("T3", "together")
    table = at.dataframe[0].value
    assert table["title_of"].to_list() == ["Works T2", "Works T1"]
    assert table["winner"].to_list() == ["甲公司"] * 2
    assert table["share"].to_list() == [80.0] * 2
    assert table["met"][0].startswith("'=1+1")
    assert "the latest 2 of 2" in said(at)


def test_those_who_never_met_are_told_so(lang: str) -> None:
    text = said(opened("LONE", "together", lang))
    assert ("No two of these bidders" if lang == "en" else "没有两家以上同场投标的记录") in text


def test_ties_are_a_table_beside_the_picture(lang: str) -> None:
    at = opened("T2", "network", lang)
    table = at.dataframe[0].value
    assert table["n"].to_list() == [2, 2, 2]
    assert table["kind"].to_list() == ["bid in the same tender" if lang == "en" else "同场投标"] * 3
    at.slider[0].set_value((NOW.date(), NOW.date() + timedelta(days=81))).run()
    assert at.dataframe[0].value["n"].to_list() == [3, 3, 3]


def test_without_any_sort_of_tie_the_page_says_what_to_do() -> None:
    at = opened("T2", "network").pills(key="tie_sorts.en").set_value([]).run()
    assert not at.exception
    assert "No tie of the chosen sorts" in said(at)


def test_past_cases_come_with_their_outcome(lang: str) -> None:
    table = opened("T2", "similar", lang).dataframe[0].value
    assert table["title_of"].to_list() == ["Works T1"]
    assert table["outcome"].to_list() == ["explained" if lang == "en" else "已有合理解释"]


def network() -> Network:
    firms = pl.DataFrame(
        [("A", "a", True, 3, 1), ("B", "b", True, 3, 1), ("C", "c", True, 1, 0), ("X", "x", False, 2, 0)],
        FIRMS, orient="row",
    )  # fmt: skip
    ties = [("A", "B", "met", "met"), ("A", "B", "device", "upload_ip"), ("B", "X", "met", "met")]
    return Network(firms, pl.DataFrame([(*t, NOW, "T") for t in ties], TIES, orient="row"), 0)


def test_every_firm_has_a_place_of_its_own() -> None:
    places = placed(network()).select("x", "y")
    assert places.is_unique().all()
    assert places.select(pl.all().abs().max() <= 1).row(0) == (True, True)


def test_two_sorts_of_tie_are_two_lines_side_by_side() -> None:
    found = lines(network().ties, placed(network())).filter(bidder_a="A", bidder_b="B")
    assert found["sort"].to_list() == ["device", "met"]
    assert found.select("x", "y").is_unique().all()


def test_the_picture_leaves_out_firms_without_a_chosen_tie() -> None:
    drawn = chart(network().ties.filter(sort="device"), placed(network()), Words("en")).to_dict()
    names = {row["name"] for data in drawn["datasets"].values() for row in data if "wins" in row}
    assert names == {"a", "b", "c"}
