from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from detect.coverage import coverage
from detect.explain import explain
from detect.kept import Run
from detect.rule import all_rules
from detect.score import score
from detect.terminal.lists import show_alerts
from detect.terminal.reports import show_coverage, show_import
from detect.terminal.stories import show_story
from records.report import ImportReport
from records.tables import Market, market_of

HOSTILE = "[red]x[/] [/bold] :smile: \x1b[2J\u202edrow"
SEEN = "[red]x[/] [/bold] :smile: \ufffd[2J\ufffddrow"


@pytest.fixture(scope="module")
def market() -> Market:
    tenders = pl.DataFrame(
        {"tender_id": ["T"], "title": [HOSTILE], "buyer_name": [HOSTILE], "batch_id": ["b"]}
    )
    bids = pl.DataFrame({"bid_id": ["a", "b"], "tender_id": "T", "bidder_id": ["A", "B"], "batch_id": "b"})
    bidders = pl.DataFrame({"bidder_id": ["A", "B"], "name": [HOSTILE, None], "batch_id": ["b", "b"]})
    locks = pl.DataFrame(
        {
            "bidder_id": ["A", "B"],
            "tender_id": "T",
            "kind": "boq_lock",
            "value_hash": "AA" * 16,
            "display": HOSTILE,
            "batch_id": "b",
        }
    )
    return market_of(tenders=tenders, bids=bids, bidders=bidders, identifiers=locks)


@pytest.fixture(scope="module")
def run(market: Market) -> Run:
    return score(market, rules=[all_rules()["E04"]])


def console() -> Console:
    return Console(file=StringIO(), width=200, emoji=False, force_terminal=False)


def printed(out: Console) -> str:
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_data_are_no_markup_and_steer_no_terminal(market: Market, run: Run, lang: str) -> None:
    out = console()
    show_story(explain(run, market, "T", lang), lang, out)
    show_alerts(run.alerts, all_rules(), "alerts", lang, out)
    shown = printed(out)
    assert shown.count(SEEN) >= 5
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_reasons_of_an_import_are_no_markup() -> None:
    report = ImportReport("b", "ocds", "f", "0", 1)
    out = console()
    show_import(replace(report, unreadable={f"names lot {HOSTILE}": 2}), out)
    assert f"2  records that are no row: names lot {SEEN}" in printed(out)


def test_a_second_import_says_that_nothing_changed() -> None:
    out = console()
    show_import(ImportReport("b", "ocds", "f", "0", 1, already_imported=True), out)
    assert "nothing changed" in printed(out)


def test_headings_speak_the_language_asked_for(market: Market, run: Run) -> None:
    out = console()
    show_story(explain(run, market, "T", "zh"), "zh", out)
    show_alerts(run.alerts, all_rules(), "", "zh", out)
    show_coverage(coverage(run, "zh").to_dicts(), "zh", out)
    shown = printed(out)
    assert all(word in shown for word in ("投标人", "关注度", "结论", "不是结论"))
    assert not any(word in shown for word in ("Bidder", "Attention", "Verdict", "Leads"))
