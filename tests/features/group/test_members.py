from collections.abc import Callable

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import CATALOGUE, Grain
from features.group.members import role
from records.tables import Market, market_of

RING = (3, 11, 17, 29)


def test_members_of_a_planted_ring(make_ring_market: Callable[..., Market]) -> None:
    market = make_ring_market(0, ring=RING)
    build = Build(market)
    size = build.grain(Grain.GROUP).filter(pl.col("group_size") == 4).select("group_id").collect()
    members = build.table("group_members").collect().join(size, on="group_id")
    assert members["bidder_id"].to_list() == ["F03", "F11", "F17", "F29"]
    assert members["links"].to_list() == [3] * 4
    assert members["betweenness"].to_list() == [0.0] * 4
    assert members.select((pl.col("contest_wins") <= pl.col("contests")).all()).item()
    assert members["mean_position"].is_between(0, 1).all()
    assert members["lost_to_top"].null_count() == 1


@pytest.mark.parametrize(
    ("wins", "contests", "inside", "name"),
    [(6, 10, 0.5, "mostly wins"), (1, 10, 0.9, "mostly loses to members"), (3, 10, 0.9, "wins in turn"),
     (1, 10, 0.4, "loses mostly to others"), (4, 4, 1.0, "few contests")],
)  # fmt: skip
def test_roles(wins: int, contests: int, inside: float, name: str) -> None:
    frame = pl.DataFrame({"contest_wins": [wins], "contests": [contests], "lost_inside": [inside]})
    assert frame.select(role()).item() == name


def shuffled(market: Market, seed: int) -> Market:
    frames = {name: frame.collect() for name, frame in market.to_dict().items()}
    return market_of(
        **{n: f.sample(fraction=1, shuffle=True, seed=seed) for n, f in frames.items() if f.height}
    )


def test_order_of_rows_does_not_show(make_ring_market: Callable[..., Market]) -> None:
    market = make_ring_market(1, ring=RING)
    for name in ("group_members", None):
        frames = [
            (Build(m).table(name) if name else Build(m).grain(Grain.GROUP, also=["group_structure_null"]))
            .collect().sort("group_id", *(["bidder_id"] if name else []))
            for m in (market, shuffled(market, 1))
        ]  # fmt: skip
        assert_frame_equal(*frames)


def test_every_column_of_the_grain_is_built_even_without_groups() -> None:
    frame = Build(market_of()).grain(Grain.GROUP, also=CATALOGUE.on_demand(Grain.GROUP)).collect()
    assert frame.is_empty()
    assert set(frame.columns) == {"group_id", *CATALOGUE.columns(Grain.GROUP)}


def test_thin_markets_are_marked(make_ring_market: Callable[..., Market]) -> None:
    row = Build(make_ring_market(0, ring=RING)).grain(Grain.GROUP).collect().row(0, named=True)
    assert (row["active_suppliers"], row["thin_market"]) == (40, False)
    assert row["group_full_meetings"] >= 30
    assert row["group_years"] == 2
