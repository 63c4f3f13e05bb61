"""A small simulated market, scored once, and what hostile sources and people may write into it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from cases.package.material import Material, gather
from cases.package.people import Act, People, Put
from detect.kept import Run, save
from detect.rule import all_rules
from detect.score import score
from records.simulate import into_store
from records.store import Store
from records.tables import Market, market_of

RULES = ("E01", "E08", "M01", "B01", "O02", "P02")

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '#import "@preview/cetz:0.3.0": * #read("/etc/passwd") #eval("1+1") $x^2$ *bold* _it_ @ref <label> = h',
    '=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "＝1+1",
    "＠x", "=cmd|' /C calc'!A0", "a;=1+1", "'=1+1", '"quoted",=1+1',
    "\u202edrow thgir\u202c \u2066isolated\u2069 \u200fmark", "\x00null\x07bell\x1b[2J\x9b31m",
    "a\nb\rc\u2028d", "長" * 10_000, "A" * 10_000, "{0} {name} {n:>99999} %s %(x)s",
    "\ufeffbom\u200bzero\u00adsoft", "\ufffe\uffff", "العربية עברית 😀 e\u0301", "", " ",
    "../../etc/passwd", "𝕏" * 50, "\\u202e \\n {{{", "]]>&lt;&#x3D;",
]  # fmt: skip
"""What must show as text wherever it stands."""

LONE = "half \ud800 a character"
"""Only what people wrote can hold it; records are UTF-8."""


class Case(NamedTuple):
    """A market, its run, and the tender with the worst alert."""

    workspace: Path
    market: Market
    run: Run
    tender: str


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("package")
    into_store(folder, 100, 4)
    market = Store(folder).market()
    run = score(market, rules=[all_rules()[i] for i in RULES], records_version=1)
    save(run, folder)
    return Case(folder, market, run, run.alerts["tender_id"][0])


@pytest.fixture(scope="session")
def batches(case: Case) -> pl.DataFrame:
    return Store(case.workspace).batches()


@pytest.fixture(params=["en", "zh"], scope="session")
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def material(case: Case, batches: pl.DataFrame, lang: str) -> Material:
    return gather(case.run, case.market, "tender", case.tender, lang=lang, batches=batches)


@pytest.fixture(scope="session")
def people() -> People:
    at = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
    acts = [
        Act(
            1,
            at,
            "王芳",
            "assigned",
            None,
            {"to": "李雷", "version": 2, "changes": {"owner": [None, "李雷"]}},
        ),
        Act(
            2,
            at,
            "李雷",
            "reading",
            "电话核实：两家分别在各自办公室制作",
            {"rule": "E01", "verdict": "refuted"},
        ),
        Act(3, at, "李雷", "statement", "我公司独立编制投标文件。", {"firm": "甘肃甲公司"}),
        Act(4, at, "李雷", "attached", None, {"name": "函.pdf", "sha256": "ab" * 32, "n_bytes": 4}),
        Act(5, at, "王芳", "something_new", "words", {"odd": {"a": [1, None]}}),
    ]
    alert = {"state": "in_review", "reason": None, "owner": "李雷", "determination": "委员会认定文字"}
    return People(alert, acts, [Put(7, 4, "函.pdf", b"%PDF")], {"王芳": "王芳", "李雷": "李雷"})


@pytest.fixture(scope="session")
def hostile(case: Case, batches: pl.DataFrame) -> Material:
    """The case with every text that a source or a person may write replaced, each by another string."""
    spoilt = _spoilt(case.market)
    words = [*HOSTILE, LONE]
    run = replace(
        case.run,
        facts=case.run.facts.with_columns(display=_cycled("display"), record_a=pl.concat_str(
            pl.lit("b:"), _cycled("record_a"), pl.lit(":"), _cycled("record_b"))),
    )  # fmt: skip
    at = datetime(2026, 1, 5, tzinfo=UTC)
    kinds = ("note", "statement", "reading", LONE)
    acts = [
        Act(n, at, text, kinds[n % 4], text,
            {"firm": text, "rule": "E01", "verdict": text, text[:50]: [text[:50], {text[:50]: None}]})
        for n, text in enumerate(words)
    ]  # fmt: skip
    alert = dict.fromkeys(("state", "reason", "owner", "determination"), LONE)
    files = [Put(n, n, text, b"x") for n, text in enumerate(words)]
    told = batches.with_columns(source=pl.lit(HOSTILE[0]), path=pl.lit(HOSTILE[1]))
    return gather(
        run, spoilt, "tender", case.tender, lang="zh", batches=told, people=People(alert, acts, files)
    )


def _spoilt(market: Market) -> Market:
    tables = market.to_dict()
    for name, columns in {
        "tenders": ("title", "buyer_name", "region", "category", "source_record"),
        "bidders": ("name",),
        "bids": ("source_table", "source_record"),
    }.items():
        tables[name] = tables[name].with_columns(_cycled(c) for c in columns)
    return market_of(**tables)


def _cycled(column: str) -> pl.Expr:
    """A column with the hostile strings, one after the other."""
    texts = pl.lit(pl.Series([t or " " for t in HOSTILE]))
    return texts.gather(pl.int_range(pl.len()) % len(HOSTILE)).alias(column)
