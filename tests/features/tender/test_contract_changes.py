from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

AWARD = {"award_id": "A", "bidder_id": "W", "amount": 100, "awarded_at": datetime(2024, 1, 1, tzinfo=UTC)}


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"tender_id": "T", "batch_id": "x"} | row for row in rows], infer_schema_length=None)


def after(awards: list[dict[str, Any]], contracts: list[dict[str, Any]]) -> dict[str, Any]:
    tables = {"tenders": frame([{}]), "awards": frame(awards)}
    if contracts:
        tables["contracts"] = frame(contracts)
    return Build(market_of(**tables)).grain(Grain.TENDER).collect().row(0, named=True)


def contract(name: str, amount: int | None, month: int = 1, **more: Any) -> dict[str, Any]:
    signed = datetime(2024, month, 20, tzinfo=UTC)
    return {"contract_id": name, "bidder_id": "W", "amount": amount, "signed_at": signed} | more


def test_changes_are_told_by_when_they_came() -> None:
    row = after(
        [AWARD],
        [
            contract("c", 101),
            contract("d", 112, 3, changed_from="c"),
            contract("e", 150, 8, changed_from="d"),
        ],
    )
    assert row["contract_to_award"] == pytest.approx(0.01)
    assert row["contract_change"] == pytest.approx(0.12)
    assert row["contract_change_final"] == pytest.approx(0.50)
    assert row["n_contract_changes"] == 2


@pytest.mark.parametrize(
    ("awards", "contracts"),
    [
        ([AWARD, AWARD | {"award_id": "B"}], [contract("c", 101)]),
        ([AWARD], [contract("c", 101, bidder_id="other")]),
        ([AWARD | {"currency": "CNY"}], [contract("c", 101, currency="USD")]),
        ([AWARD | {"amount": None}], [contract("c", 101)]),
        ([AWARD], [contract("c", 50), contract("d", 51)]),
        ([AWARD], []),
    ],
)
def test_what_cannot_be_compared_is_left_open(
    awards: list[dict[str, Any]], contracts: list[dict[str, Any]]
) -> None:
    row = after(awards, contracts)
    assert row["contract_to_award"] is None
    assert row["contract_change"] is None


def test_without_dates_only_the_first_contract_counts() -> None:
    row = after([AWARD], [contract("c", 101, signed_at=None), contract("d", 150, 2, changed_from="c")])
    assert row["contract_to_award"] == pytest.approx(0.01)
    assert (row["contract_change"], row["contract_change_final"]) == (None, None)


def test_an_award_that_passed_on() -> None:
    again = {"award_id": "B", "bidder_id": "V", "amount": 120, "changed_from": "A"}
    row = after([AWARD, again], [])
    assert row["n_award_replacements"] == 1
    assert row["replacement_increase"] == pytest.approx(0.2)
    assert after([AWARD], [])["n_award_replacements"] == 0


def test_an_award_that_was_only_corrected_has_not_passed_on() -> None:
    row = after([AWARD, AWARD | {"award_id": "B", "changed_from": "A"}], [contract("c", 101)])
    assert row["n_award_replacements"] == 0
    assert row["contract_to_award"] == pytest.approx(0.01)
