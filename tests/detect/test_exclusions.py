from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.exclusions import (
    EXCLUSIONS,
    Enforced,
    Outcome,
    applicable,
    judged,
    on_record,
    outcomes,
)
from detect.rule import Rule, all_rules
from records.kinds import KINDS
from records.tables import Relations, market_of

DEADLINE = datetime(2024, 5, 20, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
NOBODY = pl.LazyFrame(schema={name: c.dtype for name, c in Relations.columns().items()})


def shared(kind: str, **changes: Any) -> pl.LazyFrame:
    row = {
        "tender_id": "T", "bidder_a": "A", "bidder_b": "B", "kind": kind, "deadline_at": DEADLINE,
        "holders": 2, "listing": None, "joint_bid": False, **changes,
    }  # fmt: skip
    return pl.LazyFrame([row], schema_overrides={"listing": pl.String, "deadline_at": INSTANT})


def explained(kind: str, relations: pl.LazyFrame = NOBODY, **changes: Any) -> str | None:
    found = judged(shared(kind, **changes), relations).select("exclusion").collect().item()
    return None if found is None else str(found)


def owned(*firms: str, **period: datetime) -> pl.LazyFrame:
    rows = [{"from_id": f, "to_id": "STATE", "kind": "state_owned_by", **period} for f in firms]
    return pl.concat([NOBODY, pl.LazyFrame(rows).cast(dict.fromkeys(period, INSTANT))], how="diagonal")


def test_the_eighteen_are_all_there_in_order() -> None:
    assert [x.code for x in EXCLUSIONS] == [f"FX{i:02}" for i in range(1, 19)]
    assert all(x.en and x.zh and x.how for x in EXCLUSIONS)
    assert all((x.explains is not None) == (x.enforced == Enforced.VALUES) for x in EXCLUSIONS)
    assert all(x.kinds <= KINDS.keys() for x in EXCLUSIONS)


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("phone", {}, None),
        ("phone", {"joint_bid": True}, "FX01"),
        ("upload_mac", {"listing": "centre_device"}, "FX02"),
        ("deposit_account", {"listing": "centre_device"}, None),
        ("upload_ip", {"listing": "shared_network"}, "FX03"),
        ("upload_ip", {"holders": 20}, "FX03"),
        ("upload_ip", {"holders": 19}, None),
        ("upload_mac", {"holders": 99}, None),
        ("team_member", {"listing": "sentinel"}, "FX04"),
        ("author_board", {"listing": "centre_device"}, "FX02"),
        ("author_memory", {"listing": "centre_device"}, "FX02"),
        ("boq_lock", {"listing": "buyer_file"}, "FX05"),
        ("author_board", {"listing": "buyer_file"}, "FX05"),
        ("author_memory", {"listing": "buyer_file"}, "FX05"),
        ("file_id", {"listing": "buyer_file"}, "FX05"),
        ("phone", {"listing": "buyer_file"}, None),
        ("deposit_account", {"listing": "platform_account"}, "FX08"),
        ("boq_lock", {"holders": 20}, None),
        ("boq_lock", {"holders": 21}, "FX08"),
        ("legal_rep", {"listing": "platform_account"}, None),
        ("agent", {"listing": "platform_account"}, None),
        ("operator", {"listing": "platform_account"}, "FX08"),
        ("insured_by", {"listing": "platform_account"}, "FX08"),
        ("deposit_payer", {"listing": "platform_account"}, "FX08"),
        ("guarantee_insurer", {"listing": "platform_account"}, "FX08"),
        ("guarantee_proposer", {"listing": "platform_account"}, "FX08"),
        ("refund_collector", {"listing": "platform_account"}, "FX08"),
        ("registration_agent", {"listing": "platform_account"}, "FX08"),
        ("registration_phone", {"listing": "platform_account"}, "FX08"),
        ("registration_email", {"listing": "platform_account"}, "FX08"),
        ("agent", {"kind_b": "deposit_payer", "listing": "platform_account"}, "FX08"),
        ("agent", {"kind_b": "legal_rep", "listing": "platform_account"}, None),
        ("agent", {"kind_b": "legal_rep", "joint_bid": True}, "FX01"),
    ],
)
def test_values(kind: str, changes: dict[str, Any], code: str | None) -> None:
    assert explained(kind, **changes) == code


@pytest.mark.parametrize(
    ("relations", "code"),
    [
        (owned("A", "B"), "FX09"),
        (owned("A"), None),
        (owned("A", "B", valid_from=DEADLINE), "FX09"),
        (owned("A", "B", valid_to=DEADLINE), None),
        (owned("A", "B", valid_from=datetime(2024, 6, 1, tzinfo=UTC)), None),
    ],
)
def test_the_state_as_common_shareholder(relations: pl.LazyFrame, code: str | None) -> None:
    assert explained("shareholder", relations) == code
    assert explained("phone", relations) is None


@pytest.mark.parametrize("rule", all_rules().values(), ids=list(all_rules()))
def test_every_rule_answers_to_missing_data(rule: Rule) -> None:
    assert "FX16" in [x.code for x in applicable(rule)]


@pytest.mark.parametrize(
    ("rule_id", "codes"),
    [
        ("E01", {"FX01", "FX02", "FX04", "FX05", "FX12", "FX13", "FX16", "FX17"}),
        ("P01", {"FX01", "FX04", "FX12", "FX13", "FX14", "FX15", "FX16", "FX17", "FX18"}),
        ("P02", {"FX01", "FX09", "FX12", "FX13", "FX14", "FX16", "FX17"}),
        ("R03", {"FX01", "FX09", "FX12", "FX14", "FX16", "FX17"}),
        ("M02", {"FX01", "FX04", "FX08", "FX12", "FX14", "FX15", "FX16", "FX17", "FX18"}),
        ("P07", {"FX01", "FX04", "FX08", "FX12", "FX13", "FX16", "FX17"}),
        ("Q02", {"FX11", "FX16"}),
        ("O01", {"FX16", "FX17"}),
        ("B01", {"FX16"}),
        ("B06", {"FX10", "FX16"}),
        ("B07", {"FX10", "FX16"}),
        ("X08A", {"FX16"}),
    ],
)
def test_applicable(rule_id: str, codes: set[str]) -> None:
    assert {x.code for x in applicable(all_rules()[rule_id])} == codes


def facts(*exclusions: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"kind": ["upload_ip"] * len(exclusions), "exclusion": exclusions},
        schema_overrides={"exclusion": pl.String},
    )


def test_outcomes_tell_lists_that_are_missing() -> None:
    rule = all_rules()["E08"]
    without = {c.code: c.outcome for c in outcomes(rule, facts(None), "en", frozenset())}
    with_list = {c.code: c.outcome for c in outcomes(rule, facts(None), "en", frozenset({"centre_device"}))}
    assert without["FX02"] == Outcome.NOT_CHECKABLE
    assert with_list["FX02"] == Outcome.NOT_SO
    assert without["FX12"] == Outcome.CONSTRUCTION


def test_a_shared_network_is_half_checked_without_its_list() -> None:
    rule = all_rules()["E08"]
    without, with_list = (
        {c.code: c for c in outcomes(rule, facts(None), "en", frozenset(lists))}["FX03"]
        for lists in ((), ("shared_network",))
    )
    assert without.outcome == Outcome.NOT_CHECKABLE
    assert without.why == "there is no such list on record; few firms used the address"
    assert with_list.outcome == Outcome.NOT_SO


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        (["legal_rep_name"], Outcome.NOT_CHECKABLE),
        (["legal_rep"], Outcome.CONSTRUCTION),
        (["legal_rep", "legal_rep_name"], Outcome.CONSTRUCTION),
    ],
)
def test_whether_names_are_one_person_is_not_known(kinds: list[str], outcome: Outcome) -> None:
    seen = pl.DataFrame({"kind": kinds, "exclusion": pl.Series([None] * len(kinds), dtype=pl.String)})
    found = {c.code: c for c in outcomes(all_rules()["P01"], seen, "en", frozenset())}["FX15"]
    assert found.outcome == outcome
    assert ("only the names agree" in found.why) is (outcome == Outcome.NOT_CHECKABLE)


@pytest.mark.parametrize(
    ("lang", "lists", "why"),
    [
        ("en", (), "there is no such list on record"),
        ("zh", (), "缺少相应清单"),
        ("en", ("centre_device",), "not on the list of the centre's devices and networks"),
        ("zh", ("centre_device",), "不在交易中心设备和网络清单中"),
    ],
)
def test_an_outcome_says_why(lang: str, lists: tuple[str, ...], why: str) -> None:
    found = {c.code: c for c in outcomes(all_rules()["E08"], facts(None), lang, frozenset(lists))}
    assert found["FX02"].why == why


def test_an_exclusion_that_explains_some_values_says_so() -> None:
    found = {c.code: c for c in outcomes(all_rules()["E08"], facts("FX03", None), "zh", frozenset())}
    assert found["FX03"].outcome == "已核查，可解释部分共用值，不能解释全部"
    assert found["FX03"].why == ""
    assert found["FX03"].text == "共享出口网络"


def test_lists_on_record() -> None:
    known = {"listing": "centre_device", "kind": "upload_ip", "value_hash": "0" * 32, "batch_id": "b"}
    assert on_record(market_of()) == frozenset()
    assert on_record(market_of(known_values=pl.DataFrame([known]))) == {"centre_device"}
    relation = {"from_id": "A", "to_id": "B", "kind": "owns", "batch_id": "b"}
    assert on_record(market_of(relations=pl.DataFrame([relation]))) == {"relations"}
