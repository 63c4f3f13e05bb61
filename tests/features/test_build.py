from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of

HASH = "0" * 32


def market_with_ties() -> Market:
    """Firms A and B repeat a ratio in T2; C and D share a device there; E and F are mere company."""
    bids = [
        {"bid_id": f"{t}{f}", "tender_id": t, "bidder_id": f, "amount": price, "batch_id": "x"}
        for t, prices in {
            "T1": {"A": 100_000, "B": 103_000, "C": 98_765, "D": 99_123},
            "T2": {"A": 200_000, "B": 206_000, "C": 197_001, "D": 201_777, "E": 190_000},
        }.items()
        for f, price in prices.items()
    ]
    devices = {"C": HASH, "D": HASH, "E": "1" * 32}
    identifiers = [
        {"bidder_id": f, "tender_id": "T2", "kind": "upload_mac", "value_hash": v, "batch_id": "x"}
        for f, v in devices.items()
    ]
    tenders = {
        "tender_id": ["T1", "T2"],
        "deadline_at": [datetime(2020, m, 1, tzinfo=UTC) for m in (1, 2)],
        "batch_id": "x",
    }
    return market_of(
        tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids), identifiers=pl.DataFrame(identifiers)
    )


def test_a_row_that_a_block_does_not_list_takes_its_absent_value() -> None:
    ties = Build(market_with_ties()).grain(Grain.TIE).sort("bidder_a")
    shown = ties.select(
        "tender_id", "bidder_a", "bidder_b", "joint_ratio_repeats", "joint_tenders", "shared_upload_mac",
        "shared_phone", "holders_upload_mac",
    )  # fmt: skip
    assert shown.collect().rows() == [
        ("T2", "A", "B", 1, 1, 0, None, None),
        ("T2", "C", "D", 0, 1, 1, None, 2),
    ]


def test_a_listed_null_stays_null() -> None:
    one_side = pl.col("bidder_id") != "D"
    market = market_with_ties()
    phones = pl.DataFrame(
        [
            {"bidder_id": f, "tender_id": "T2", "kind": "phone", "value_hash": v * 32, "batch_id": "x"}
            for f, v in {"A": "a", "B": "b", "C": "c"}.items()
        ]
    )
    identifiers = pl.concat([market.identifiers.collect(), phones], how="diagonal")
    assert identifiers.filter(one_side).height == 5
    known = market_of(tenders=market.tenders, bids=market.bids, identifiers=identifiers)
    ties = Build(known).grain(Grain.TIE).sort("bidder_a").select("bidder_a", "known_phone", "shared_phone")
    assert ties.collect().rows() == [("A", 3, 0), ("C", 3, None)]


def test_a_frame_of_firms_is_the_same_made_of_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = market_with_ties()
    phones = [
        {"bidder_id": f, "tender_id": t, "kind": "phone", "value_hash": "2" * 32, "batch_id": "x"}
        for t in ("T1", "T2")
        for f in "ABCD"
    ]
    known = pl.concat([market.identifiers.collect(), pl.DataFrame(phones)], how="diagonal")
    market = market_of(tenders=market.tenders, bids=market.bids, identifiers=known)
    monkeypatch.setattr("features.build.AT_ONCE", 3)
    some = Build(market)
    some.sink("first_shown", tmp_path / "first_shown")
    assert len(list((tmp_path / "first_shown").iterdir())) == 1 + known.height // 3
    whole = Build(market).table("first_shown").collect()
    assert whole.height == 6
    assert_frame_equal(some.table("first_shown").collect(), whole, check_row_order=False)


def test_ties_carry_the_columns_of_their_tender() -> None:
    ties = Build(market_with_ties()).grain(Grain.TIE).collect()
    assert ties["n_valid"].to_list() == [5, 5]
    assert not [c for c in ties.columns if c.startswith("_listed")]


def test_replacing_a_frame_keeps_what_does_not_depend_on_it() -> None:
    build = Build(market_with_ties())
    tenders = build.collected(Grain.TENDER)
    ties = build.grain(Grain.TIE)
    shared = build.table("shared_values")
    without = build.replacing("shared_values", shared.clear())
    assert without.grain(Grain.TENDER) is build.grain(Grain.TENDER)
    assert without.collected(Grain.TENDER).equals(tenders)
    assert without.grain(Grain.TIE).collect()["shared_upload_mac"].sum() == 0
    assert ties.collect()["shared_upload_mac"].sum() == 1


def test_replacing_a_frame_under_the_tenders_renews_everything_that_joins_them() -> None:
    build = Build(market_with_ties())
    build.collected(Grain.TENDER)
    unpriced = build.replacing("priced_bids", build.table("priced_bids").clear())
    assert unpriced.grain(Grain.TENDER).collect()["n_valid"].sum() == 0
    assert unpriced.grain(Grain.BID).collect()["n_valid"].sum() == 0


@pytest.mark.parametrize("grain", [Grain.TENDER, Grain.BID, Grain.TIE, Grain.PAIR])
def test_no_feature_is_infinite_or_not_a_number(grain: Grain, make_market: Callable[..., Market]) -> None:
    for seed in range(3):
        build = Build(make_market(seed, n_tenders=60))
        frames = [build.grain(grain), *([build.unlisted(grain)] if grain == Grain.TIE else [])]
        for frame in frames:
            floats = frame.select(pl.selectors.float()).collect()
            bad = floats.select((~pl.all().is_finite()).any()).row(0, named=True)
            assert [name for name, found in bad.items() if found] == []


@pytest.mark.parametrize("n_tenders", [0, 1])
def test_a_market_without_bids_has_frames_without_rows(n_tenders: int) -> None:
    tenders = pl.DataFrame({"tender_id": ["T"], "batch_id": ["x"]}).head(n_tenders)
    build = Build(market_of(tenders=tenders))
    heights = [build.grain(g).collect().height for g in (Grain.TENDER, Grain.BID, Grain.TIE, Grain.PAIR)]
    assert heights == [n_tenders, 0, 0, 0]
    assert build.unlisted(Grain.TIE).collect().height == n_tenders


def test_a_block_on_demand_is_there_only_where_named() -> None:
    build = Build(market_with_ties())
    plain, asked = build.grain(Grain.TENDER), build.grain(Grain.TENDER, also=["subgroup_screens"])
    assert not {"subset3_cv_min"} & set(plain.collect_schema())
    assert "subset3_cv_min" not in build.grain(Grain.TIE).collect_schema()
    shown = asked.sort("tender_id").select(pl.col("subset3_cv_min", "subset4_ks_max").is_not_null()).collect()
    assert shown.rows() == [(True, True)] * 2
    assert asked.collect().drop(shown.columns).height == plain.collect().height


def test_an_unknown_block_on_demand_is_named_with_its_remedy() -> None:
    with pytest.raises(
        KeyError, match=r"no block on demand called 'price_grid'; it has \[.*'subgroup_screens'.*\]"
    ):
        Build(market_with_ties()).grain(Grain.TENDER, also=["price_grid"])
