import polars as pl

from features.group.false_discovery import top_winner_q, turn_q


def test_only_groups_that_were_tested_count() -> None:
    frame = pl.DataFrame({"p": [0.01, 0.02, None, 0.001], "n": [3, 9, 5, 2]})
    made = frame.select(turn=turn_q(pl.col("p")), top=top_winner_q(pl.col("p"), pl.col("n")))
    assert made["turn"].to_list() == [0.015, 0.02, None, 0.003]
    assert made["top"].to_list() == [0.02, 0.02, None, None]
