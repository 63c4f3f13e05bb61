import numpy as np
import polars as pl
import pytest

from models.strata import GRID, MIN_STRATUM, assign, partition, tail


def market(n: int, **columns: pl.Series) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    frame = {
        "mechanism": pl.Series(["lowest"] * n),
        "n_valid": pl.Series([5] * n),
        "a": pl.Series(rng.random(n)),
        "b": pl.Series(rng.random(n)),
    }
    return pl.DataFrame({**frame, **columns})


@pytest.mark.parametrize(
    ("n", "first"), [(MIN_STRATUM, "lowest · 4-6 bids"), (MIN_STRATUM - 1, "whole market")]
)
def test_a_stratum_needs_its_minimum(n: int, first: str) -> None:
    strata = [s for s, _ in partition(market(n), ["a", "b"])]

    assert strata[0].name == first
    assert (strata[0].n, strata[-1].name) == (n, "whole market")


def test_rank_equal_constant_and_mostly_unknown_screens_are_left_out() -> None:
    frame = market(300)
    frame = frame.with_columns(
        same=pl.col("a") ** 3,
        mirrored=1 / (pl.col("a") + 1),
        constant=pl.lit(1.0),
        sparse=pl.when(pl.col("b") < 0.7).then("b"),
    )

    stratum, _ = next(partition(frame, ["a", "same", "mirrored", "constant", "sparse", "b"]))

    assert stratum.columns == ("a", "b")


def test_ranks_are_mid_ranks_and_unknown_is_the_middle() -> None:
    frame = market(300).with_columns(a=pl.int_range(300).cast(pl.Float64))
    stratum, _ = next(partition(frame, ["a"]))
    asked = pl.DataFrame({"a": [0.0, 149.5, 299.0, -1.0, 1e9, None, float("inf")]})

    ranks = stratum.ranks(asked)[:, 0]

    edge = 0.5 / 300
    assert ranks.tolist() == pytest.approx([edge, 0.5, 1 - edge, edge, 1 - edge, 0.5, 0.5])


def test_large_strata_keep_a_bounded_grid_with_its_ends() -> None:
    frame = market(5_000).with_columns(a=pl.int_range(5_000).cast(pl.Float64))

    stratum, rows = next(partition(frame, ["a"]))

    assert (stratum.n, rows.height, stratum.grids[0].size) == (5_000, 5_000, GRID)
    assert (stratum.grids[0][0], stratum.grids[0][-1]) == (0, 4_999)


def test_typical_range_is_the_tenth_to_the_ninetieth_percentile() -> None:
    frame = market(1_001).with_columns(a=pl.int_range(1_001).cast(pl.Float64))
    stratum, _ = next(partition(frame, ["a"]))

    assert stratum.typical()[:, 0].tolist() == [100, 900]


@pytest.mark.parametrize(
    ("n_valid", "name"),
    [(2, "2"), (3, "3"), (4, "4-6"), (6, "4-6"), (7, "7-9"), (10, "10-15"), (15, "10-15"), (16, "16+")],
)
def test_bid_counts_fall_into_their_bucket(n_valid: int, name: str) -> None:
    row = pl.DataFrame({"mechanism": [None], "n_valid": [n_valid]}, schema_overrides={"mechanism": pl.String})
    stratum = f"unknown mechanism · {name} bids"

    assert assign(row, [stratum, "whole market"]).to_list() == [stratum]
    assert assign(row, ["whole market"]).to_list() == ["whole market"]
    assert assign(row, []).to_list() == [None]


def test_tail_is_one_on_average() -> None:
    assert tail((np.arange(100_000) + 0.5) / 100_000).mean() == pytest.approx(1, abs=1e-3)
