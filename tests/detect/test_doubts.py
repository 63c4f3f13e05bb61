from collections.abc import Sequence

import polars as pl
import pytest

from detect.doubts import NAMED, doubts
from records.tables import MONEY

TENDER = pl.DataFrame({"tender_id": ["T"], "ceiling": [5_000_000], "estimate": [None]}).with_columns(
    pl.col("ceiling", "estimate").cast(MONEY)
)


def told(amounts: Sequence[int | None], lang: str = "en", currency: Sequence[str | None] = (), *,
         scored: bool = False) -> list[str]:  # fmt: skip
    bids = pl.DataFrame(
        {
            "bid_id": [f"b{i}" for i in range(len(amounts))],
            "name": [f"Firm {i}" for i in range(len(amounts))],
            "amount": amounts,
            "currency": currency or [None] * len(amounts),
            "status": ["valid"] * len(amounts),
        },
        schema_overrides={"amount": MONEY, "currency": pl.String},
    )
    return doubts(TENDER, bids, ["E01", "Q06", "Q14", "Q06"], 0.987, lang, scored=scored)


def test_a_bid_in_another_unit_is_named_with_what_rests_on_it_and_what_to_check() -> None:
    seen, rests, check = told([4_800_000, 4_900_000, 490])
    assert seen.startswith("About a ten-thousandth of the ceiling price of 5,000,000")
    assert seen.endswith("Firm 2 490.")
    assert "Firm 0" not in seen
    assert "“how unusual” (98.7%)" in rests
    assert "the findings Q06, Q14." in rests
    assert "E01" not in rests
    assert "a unit is wrong" in check


def test_scores_of_bids_are_named_where_there_are_any() -> None:
    assert "what models say of the bids" not in told([4_800_000, 490])[1]
    assert "what models say of the bids" in told([4_800_000, 490], scored=True)[1]


def test_the_same_is_said_in_chinese() -> None:
    seen, rests, check = told([4_800_000, 4_900_000, 490], "zh")
    assert "最高限价 5,000,000 的万分之一" in seen
    assert "Firm 2 490。" in seen
    assert "“少见程度”（98.7%）、规则发现 Q06、Q14" in rests
    assert "单位有误" in check


def test_where_all_bids_slip_alike_the_two_sides_differ() -> None:
    assert told([480, 490])[0].startswith("All 2 bids are about a ten-thousandth of the ceiling price")


def test_bids_that_slip_both_ways_are_told_apart() -> None:
    low, high, *_ = told([4_800_000, 490, 49_000_000_000])
    assert low.endswith("Firm 1 490.")
    assert high.endswith("Firm 2 49,000,000,000.")


def test_many_are_counted() -> None:
    seen = told([4_800_000, *range(480, 480 + NAMED + 2)])[0]
    assert seen.endswith(f"Firm {NAMED} {479 + NAMED} and 2 more.")
    assert told([4_800_000, *range(480, 480 + NAMED + 2)], "zh")[0].endswith(f"等 {NAMED + 2} 份。")


def test_bids_ten_times_apart_are_told_as_of_different_things() -> None:
    assert told([400_000, 4_900_000])[0].startswith("The valid bids run from 400,000 to 4,900,000.")


@pytest.mark.parametrize(
    ("amounts", "currency"),
    [([4_800_000, 4_900_000], ()), ([4_900_000], ()), ([None, None], ()), ([], ()),
     ([400_000, 4_900_000], ("CNY", "USD"))],
)  # fmt: skip
def test_silent_where_nothing_looks_wrong(amounts: list[int | None], currency: tuple[str, ...]) -> None:
    assert told(amounts, currency=currency) == []
