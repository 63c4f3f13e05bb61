from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detect.coverage import coverage
from detect.explain import explain, sentence
from detect.kept import Run, latest, latest_folder, load, save
from detect.rule import Level, all_rules
from detect.score import score
from models.registry import DEFAULT
from models.scorer import make
from records.kinds import KINDS
from records.privacy import pseudonymise
from records.source import BadInput
from records.tables import Market, market_of

DEADLINE = datetime(2024, 5, 20, 2, tzinfo=UTC)
DEVICES = {
    "T1": {"A": "111", "B": "111", "C": "313"},
    "T2": {"A": "111", "B": "212", "C": "313"},
}


@pytest.fixture
def market() -> Market:
    tenders = {
        "tender_id": ["T1", "T2", "T3"],
        "title": ["Road", "School", None],
        "jurisdiction": ["CN-62"] * 3,
        "mechanism": ["lowest"] * 3,
        "currency": ["CNY"] * 3,
        "deadline_at": [DEADLINE] * 3,
    }
    bids = {
        "bid_id": [f"b{i}" for i in range(7)],
        "tender_id": ["T1"] * 3 + ["T2"] * 3 + ["T3"],
        "bidder_id": ["A", "B", "C", "A", "B", "C", "A"],
        "amount": [100, 107, 119, 100, 109, 113, 50],
        "status": ["valid"] * 7,
    }
    codes = [
        (tender, bidder, f"author_{part}", f"{part}{code}")
        for tender, devices in DEVICES.items()
        for bidder, device in devices.items()
        for part, code in zip(("mac", "cpu", "disk"), device, strict=True)
    ]
    raw = pl.DataFrame(codes, schema=["tender_id", "bidder_id", "kind", "value"], orient="row")
    frames = {
        "tenders": pl.DataFrame(tenders),
        "bids": pl.DataFrame(bids),
        "bidders": pl.DataFrame({"bidder_id": ["A", "B", "C"], "name": ["甲公司", "乙公司", "丙公司"]}),
        "identifiers": pseudonymise(raw, b"k" * 32),
        "known_values": pl.DataFrame(
            {"listing": ["centre_device", "buyer_file"], "kind": "upload_mac", "value_hash": "f" * 32}
        ),
    }
    return market_of(**{n: f.with_columns(batch_id=pl.lit("b")) for n, f in frames.items()})


@pytest.fixture
def run(market: Market) -> Run:
    return score(market, rules=[all_rules()["E01"], all_rules()["Q02"]], records_version=3)


def test_only_the_tender_with_three_equal_codes_is_red(run: Run) -> None:
    assert run.alerts.select("tender_id", "level").rows() == [("T1", Level.RED)]
    assert run.scores.height == 3


@pytest.mark.parametrize(
    ("listing", "changes", "reasons"),
    [
        (["centre_device"], {}, ["no list of the devices and locks of buyers' files", "招标人文件的锁号"]),
        ([], {}, ["no list of the devices", "no list of the trading centre's", "交易中心设备"]),
        (["centre_device", "buyer_file"], {"jurisdiction": None}, ["no provision", "条款未收录"]),
        (["centre_device"], {"jurisdiction": "DO"}, ["no provision", "no list of the devices", "；"]),
    ],
)  # fmt: skip
def test_without_a_law_or_a_list_red_is_held_back_and_says_why(
    market: Market, listing: list[str], changes: dict[str, str | None], reasons: list[str]
) -> None:
    told = {name: pl.lit(value, pl.String) for name, value in changes.items()}
    tables = {name: frame.collect() for name, frame in market.to_dict().items()}
    tables["tenders"] = tables["tenders"].with_columns(**told)
    tables["known_values"] = tables["known_values"].filter(pl.col("listing").cast(pl.String).is_in(listing))
    less = market_of(**tables)
    run = score(less, rules=[all_rules()["E01"]])
    assert run.hits.select("level", "found_level").rows() == [(Level.ORANGE, Level.RED)]
    en, zh = (explain(run, less, "T1", lang).findings[0] for lang in ("en", "zh"))
    assert (en.sentence, zh.sentence) == (all_rules()["E01"].en.sentence, all_rules()["E01"].zh.sentence)
    assert all(reason in en.held_back + zh.held_back for reason in reasons)


def test_what_is_shown_as_it_was_found_is_not_held_back(run: Run, market: Market) -> None:
    assert explain(run, market, "T1").findings[0].held_back == ""


def test_a_run_can_be_read_again(run: Run, tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    again = load(save(run, tmp_path))
    assert again.manifest == run.manifest
    assert_frame_equal(again.alerts, run.alerts)
    newest = latest(tmp_path)
    assert newest is not None
    assert newest.run_id == run.run_id


def test_one_tender_is_read_alone_and_says_the_same(run: Run, market: Market, tmp_path: Path) -> None:
    folder = save(run, tmp_path)
    for tender in ("T1", "T2", "T3"):
        alone, whole = (explain(r, market, tender) for r in (load(folder, tender), load(folder)))
        assert_frame_equal(alone.bids, whole.bids)
        assert replace(alone, bids=whole.bids) == whole

    assert load(folder, "T1").scores["tender_id"].to_list() == ["T1"]
    assert load(folder, "T9").scores.is_empty()


def test_the_manifest_names_what_was_run(run: Run) -> None:
    assert run.manifest["records_version"] == 3
    assert set(run.manifest["rules"]) == {"E01", "Q02"}
    assert run.manifest["rules"]["Q02"]["limits"] == all_rules()["Q02"].limits


@pytest.mark.parametrize(
    ("lang", "title"), [("en", "Same authoring device"), ("zh", "投标文件制作设备三码一致")]
)
def test_an_explanation_shows_both_sides_law_and_innocent_reading(
    run: Run, market: Market, lang: str, title: str
) -> None:
    finding = explain(run, market, "T1", lang).findings[0]
    assert finding.title == title
    assert finding.subjects == ["甲公司", "乙公司"]
    assert len(finding.facts) == 3
    assert all(f.record_a.startswith("b:") and f.record_b.startswith("b:") for f in finding.facts)
    assert finding.law
    assert finding.innocent
    assert {c.code for c in finding.exclusions} >= {"FX01", "FX02", "FX05"}


@pytest.mark.parametrize(
    ("rule_id", "held", "other"),
    [
        ("M06", ("refund_account", "basic_account"), "deposit_account"),
        ("M02", ("deposit_account", "basic_account"), "basic_account"),
    ],
)
def test_values_in_two_roles_show_both_roles_and_both_records(
    rule_id: str, held: tuple[str, str], other: str
) -> None:
    told = [("A", held[0], "1"), ("B", held[1], "1"), ("A", other, "2")]
    rows = [
        {"bidder_id": f, "tender_id": None if kind == "basic_account" else "T", "kind": kind,
         "value_hash": v * 32, "display": "•••" + v, "source_record": f, "batch_id": "b"}
        for f, kind, v in told
    ]  # fmt: skip
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AB"]
    market = market_of(
        tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": "b"}),
        bids=pl.DataFrame(bids),
        identifiers=pl.DataFrame(rows, schema_overrides={"tender_id": pl.String}),
    )
    run = score(market, rules=[all_rules()[rule_id], all_rules()["E01"]])
    (finding,) = explain(run, market, "T").findings
    (fact,) = finding.facts
    assert fact.kind == f"{KINDS[held[0]].en} / {KINDS[held[1]].en}"
    assert (fact.record_a, fact.record_b, fact.display) == ("b::A", "b::B", "•••1")


def test_an_alert_without_a_score_has_no_reasons(market: Market) -> None:
    run = score(market, rules=[all_rules()["E01"]], scorer=make(DEFAULT), fit=True)
    story = explain(run, market, "T1")
    assert story.score is None
    assert story.unusual == []


def test_a_tender_with_one_bid_is_not_called_clear(run: Run, market: Market) -> None:
    story = explain(run, market, "T3")
    assert "E01" in {n.rule_id for n in story.not_checked} | set(story.not_applicable)


def test_an_unknown_tender_is_an_error_that_names_it(run: Run, market: Market) -> None:
    with pytest.raises(KeyError, match="no tender 'T9'"):
        explain(run, market, "T9")


def test_a_sentence_reads_unknown_for_missing_values() -> None:
    rule = all_rules()["B01"]
    evidence = dict.fromkeys(rule.inputs)
    assert "unknown" in sentence(rule, evidence, rule.limits, "en")
    assert "未知" in sentence(rule, evidence, rule.limits, "zh")


def test_coverage_has_a_row_per_rule_and_counts_every_tender(run: Run) -> None:
    table = coverage(run)
    assert table["rule_id"].to_list() == ["E01", "Q02"]
    states = ["hit", "clear", "not_evaluable", "not_applicable"]
    assert table.select(pl.sum_horizontal(states)).to_series().to_list() == [3, 3]


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp", "..", "gone", ""])
def test_a_pointer_to_no_run_of_the_workspace_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "run.json").write_text("{}")
    (tmp_path / "runs" / "latest").write_text(name)
    with pytest.raises(BadInput, match=r"There is no run .* Score the records again"):
        latest_folder(tmp_path)
