import math
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.pair.shared_identifiers import FAMILIES, MOST_HOLDERS, shared_identifiers
from records.kinds import KINDS

CODES = pl.LazyFrame({"bidder_id": [f"F{i}" for i in range(64)]})


def shared(rows: list[dict[str, Any]]) -> pl.DataFrame:
    plain = {"tender_id": "T", "bidder_a": "A", "bidder_b": "B", "kind": "upload_ip", "value_hash": "v",
             "holders": 2, "listing": None, "joint_bid": False}  # fmt: skip
    frame = pl.LazyFrame([{**plain, **row} for row in rows], schema_overrides={"listing": pl.String})
    return shared_identifiers(frame, CODES).sort("bidder_a", "bidder_b").collect()


def test_ten_views_of_one_device_count_once() -> None:
    one = shared([{"kind": "author_cpu"}])
    many = shared([{"kind": kind, "value_hash": kind} for kind in FAMILIES["device"]])
    assert one["shared_rarity"].item() == many["shared_rarity"].item() == math.log2(64 / 2)
    assert many.select("shared_families", "shared_kinds").row(0) == (1, len(FAMILIES["device"]))


def test_families_add_up_and_the_rarest_value_speaks_for_each() -> None:
    row = shared([
        {"kind": "author_cpu", "holders": 8}, {"kind": "author_disk", "value_hash": "w", "holders": 4},
        {"kind": "agent", "value_hash": "p", "holders": 2, "tender_id": "U"},
    ]).row(0, named=True)  # fmt: skip
    assert row["shared_rarity"] == pytest.approx(math.log2(64 / 4) + math.log2(64 / 2))
    assert (row["shared_families"], row["shared_kinds"], row["shared_tenders"]) == (2, 3, 2)


def test_hubs_are_counted_and_weigh_nothing() -> None:
    row = shared([{"holders": MOST_HOLDERS + 1}, {"kind": "agent", "value_hash": "w", "holders": 3}]).row(
        0, named=True
    )
    assert (row["shared_hubs"], row["shared_kinds"]) == (1, 1)
    assert row["shared_rarity"] == pytest.approx(math.log2(64 / 3))


def test_a_value_is_a_hub_wherever_it_was_still_rare() -> None:
    early, late = {"holders": 2}, {"holders": 50, "tender_id": "U", "bidder_a": "C", "bidder_b": "D"}
    assert shared([early, late])["shared_hubs"].to_list() == [1, 1]


@pytest.mark.parametrize(
    "row", [{"listing": "shared_network"}, {"joint_bid": True}, {"kind": "legal_rep_name"}]
)
def test_what_is_explained_or_a_namesake_ties_nobody(row: dict[str, Any]) -> None:
    assert shared([row]).is_empty()


def test_every_kind_has_a_family_or_is_a_name_or_serves_many() -> None:
    grouped = {kind for kinds in FAMILIES.values() for kind in kinds}
    serve_many = {"ca_point", "deposit_branch", "guarantee_insurer", "download_browser", "upload_browser"}
    assert set(KINDS) - grouped == {kind for kind in KINDS if kind.endswith("_name")} | serve_many
    assert grouped <= set(KINDS)


def test_an_empty_market_builds() -> None:
    from records.tables import market_of

    assert Build(market_of()).table("shared_identifiers").collect().is_empty()
