import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.market.coalition_screens import coalition_screens
from records.tables import market_of


def market(seed: int = 1, tenders: int = 40) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (f"T{t}", f"F{f}", float(rng.integers(900, 1200)))
        for t in range(tenders)
        for f in rng.choice(6, int(rng.integers(3, 7)), replace=False)
    ]
    bids = pl.DataFrame(rows, schema=["tender_id", "bidder_id", "price"], orient="row")
    return bids.with_columns(won=pl.col("price") == pl.col("price").min().over("tender_id"))


@pytest.mark.parametrize("firms", [["F0", "F1"], ["F0", "F1", "F2"], ["F1", "F2", "F3", "F4"]])
def test_screens_are_those_of_tenders_cut_down_to_the_group(firms: list[str]) -> None:
    bids = market()
    inside = bids.filter(pl.col("bidder_id").is_in(firms)).filter(pl.len().over("tender_id") == len(firms))
    cut = market_of(
        tenders=inside.select("tender_id", batch_id=pl.lit("x")).unique(),
        bids=inside.select(
            "tender_id", "bidder_id", amount="price", batch_id=pl.lit("x"), status=pl.lit("valid"),
            bid_id=pl.format("{}-{}", "tender_id", "bidder_id"),
        ),
    )  # fmt: skip
    tender = Build(cut).grain(Grain.TENDER).collect()

    found = coalition_screens(bids.lazy(), {"g": firms}, fewest=3).row(0, named=True)

    assert found["joint_tenders"] == tender.height
    assert found["group_wins"] == inside.group_by("tender_id").agg(pl.col("won").any())["won"].sum()
    assert found["cv_mean"] == pytest.approx(tender["bid_cv"].mean())
    assert found["gap_ratio_max"] == pytest.approx(tender["bid_gap_ratio"].max())
    assert found["cv_sd"] == pytest.approx(tender["bid_cv"].std())
    if len(firms) > 2:
        assert found["skewness_min"] == pytest.approx(tender["bid_skewness"].min())
        assert found["ks_mean"] == pytest.approx(tender["ks_uniform"].mean())
    assert ("kurtosis_mean" in found) == (len(firms) > 3)


def test_groups_of_several_sizes_stand_side_by_side() -> None:
    found = coalition_screens(
        market().lazy(), {"two": ["F0", "F1"], "three": ["F0", "F1", "F2"], "never": ["F0", "Z"]}
    )

    assert found.select("group", "members").rows() == [("three", 3), ("two", 2)]
    assert found["skewness_mean"].is_null().to_list() == [False, True]


def test_wins_are_unknown_where_winners_are() -> None:
    found = coalition_screens(market().drop("won").lazy(), {"g": ["F0", "F1"]})

    assert found["group_wins"].to_list() == [None]


def test_a_group_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"two members or more; \['alone'\] have fewer"):
        coalition_screens(market().lazy(), {"alone": ["F0", "F0"]})
