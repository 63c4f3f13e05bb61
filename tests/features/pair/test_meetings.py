from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from features.build import Build
from features.pair.meetings import Meetings
from records.tables import Market


@pytest.mark.parametrize("seed", range(3))
def test_meetings_are_the_joint_tenders_of_pairs_that_met_twice(
    seed: int, make_market: Callable[..., Market]
) -> None:
    market = make_market(seed)
    build = Build(market)
    names = build.table("bidder_codes").collect()["bidder_id"].to_list()
    tenders = dict(build.table("tender_codes").select("tender", "tender_id").collect().rows())
    entries = build.table("pair_entries").collect()
    meetings = Meetings.of(build.table("pair_meetings"))
    met: dict[str, set[str]] = {}
    for bid in market.bids.collect().to_dicts():
        if bid["status"] == "valid" and bid["amount"]:
            met.setdefault(bid["bidder_id"], set()).add(bid["tender_id"])
    often = {p for p in combinations(sorted(met), 2) if len(met[p[0]] & met[p[1]]) >= 2}
    found: dict[tuple[str, str], set[str]] = {}
    for first, second in zip(meetings.first, meetings.second, strict=True):
        a, b = entries.row(int(first), named=True), entries.row(int(second), named=True)
        assert a["tender"] == b["tender"]
        found.setdefault((names[a["bidder"]], names[b["bidder"]]), set()).add(tenders[a["tender"]])
    assert found == {p: met[p[0]] & met[p[1]] for p in often}
    assert meetings.cut.n.sum() == sum(map(len, found.values()))


def test_meetings_of_a_pair_are_in_the_order_of_deadlines(make_market: Callable[..., Market]) -> None:
    build = Build(make_market(5))
    entries, meetings = build.table("pair_entries").collect(), Meetings.of(build.table("pair_meetings"))
    at = entries["deadline_at"].dt.timestamp().cast(float).fill_null(np.inf).to_numpy()[meetings.first]
    same = np.diff(np.repeat(meetings.pair, meetings.cut.n)) == 0
    assert (at[1:][same] >= at[:-1][same]).all()


def test_a_winner_is_known_only_where_it_is_single_and_priced(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = [entry(0, 1, 10.0, True), entry(0, 2, 11.0), entry(1, 1, 10.0, True), entry(1, 2, 10.0, True)]
    market = as_market([*entries, entry(2, 1, 10.0), entry(2, 2, 11.0)])
    won = Build(market).table("pair_entries").select("won").collect()["won"].to_list()
    assert won == [True, False, None, None, None, None]


def test_a_market_without_bids_has_no_pairs(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    build = Build(as_market([entry(0, 1, 10.0)]))
    assert build.table("pair_meetings").collect().is_empty()
