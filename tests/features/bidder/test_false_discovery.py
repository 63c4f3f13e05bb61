import polars as pl

from features.bidder.false_discovery import failed_q


def test_short_records_are_not_compared() -> None:
    frame = pl.DataFrame({"p": [0.01, 0.02, 0.001], "n": [8, 20, 7]})
    assert frame.select(failed_q(pl.col("p"), pl.col("n"))).to_series().to_list() == [0.02, 0.02, None]
