from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.group.designation import group_designation
from records.tables import Market

Entries = Callable[..., pl.LazyFrame]


def met(winners: str) -> list[dict[str, Any]]:
    return [
        {"group_id": "G", "tender_id": f"T{t}", "bidder_id": firm, "won": firm == winner}
        for t, winner in enumerate(winners) for firm in "ABC"
    ]  # fmt: skip


def record(firm: str, won: list[bool], contenders: int = 3) -> pl.LazyFrame:
    return pl.LazyFrame(
        {"tender_id": [f"E{i}" for i in range(len(won))], "bidder_id": firm, "won": won},
        schema={"tender_id": pl.String, "bidder_id": pl.String, "won": pl.Boolean},
    ).with_columns(n_contenders=pl.lit(contenders, pl.UInt32), n_winners=pl.lit(1, pl.UInt32))


def test_a_firm_that_wins_only_beside_the_others_stands_out(as_entries: Entries, as_sets: Entries) -> None:
    entries = as_entries(met("AAAAAAAA"))
    told = {
        name: group_designation(entries, as_sets(entries), record("A", won)).collect().row(0, named=True)
        for name, won in {"chosen": [False] * 10, "best": [True] * 10, "no record": []}.items()
    }
    assert told["chosen"]["designated_p"] == pytest.approx(3 / 43758)
    assert told["best"]["designated_p"] == 1
    assert told["best"]["top_wins_due"] == pytest.approx(8)
    assert (told["no record"]["designated_p"], told["no record"]["top_bids_elsewhere"]) == (None, 0)


def test_fewer_contenders_make_wins_likelier(as_entries: Entries, as_sets: Entries) -> None:
    entries, won = as_entries(met("AAABAABA")), [True, False, False, False]
    few, many = (group_designation(entries, as_sets(entries), record("A", won, n)).collect() for n in (2, 9))
    assert few["top_wins_due"].item() < many["top_wins_due"].item()
    assert few["designated_p"].item() < many["designated_p"].item()


def test_it_is_honest_for_groups_that_chance_made(make_ring_market: Callable[..., Market]) -> None:
    rng, p = np.random.default_rng(7), []
    for seed in range(3):
        build = Build(make_ring_market(seed, n_tenders=300, n_firms=16))
        groups = [rng.choice(16, 4, replace=False) for _ in range(60)]
        rows = [(f"G{i:02}", f"F{f:02}", "S") for i, g in enumerate(groups) for f in g]
        sets = pl.LazyFrame(rows, ["group_id", "bidder_id", "submarket"], orient="row")
        made = build.replacing("group_sets", sets).table("group_designation").collect()
        p += made["designated_p"].drop_nulls().to_list()
    assert len(p) > 150
    for level in (0.01, 0.05):
        assert np.mean(np.array(p) <= level) <= level + 3 * np.sqrt(level * (1 - level) / len(p))
