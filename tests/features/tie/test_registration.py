from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tie.registration import TOGETHER_DAYS
from records.tables import Market, market_of

COLUMNS = ("founded_together", "founding_gap_days", "founding_chance", "founding_batch")


def two_years_before(day: date) -> date:
    return day.replace(year=day.year - 2)


def _together(
    t: str, firm: str, pair: tuple[str, str], young: dict[str, date], register: Any, partners: set[Any]
) -> bool:
    return all(
        abs((young[firm] - young[other]).days) <= TOGETHER_DAYS
        and len({register[f]["region"] for f in (firm, other)} - {None}) < 2
        and (t, *sorted((firm, other))) not in partners
        for other in pair
    )


def brute_force(build: Build, market: Market) -> dict[Any, dict[str, Any]]:
    register = {r["bidder_id"]: r for r in market.bidders.collect().to_dicts()}
    entered = build.table("entrants").select("tender_id", "bidder_id").unique().collect().rows()
    deadlines = dict(market.tenders.select("tender_id", "deadline_at").collect().rows())
    first: dict[str, datetime] = {}
    for t, f in entered:
        if deadlines[t]:
            first[f] = min(first.get(f, deadlines[t]), deadlines[t])
    partners = set(build.table("bid_partners").collect().rows())
    found = {}
    for t, now in deadlines.items():
        if now is None:
            continue
        since = two_years_before(now.date())
        born = {f: register[f]["founded_on"] for s, f in entered if s == t and register[f]["founded_on"]}
        young = {f: d for f, d in born.items() if since < d <= now.date()}
        for a, b in combinations(sorted(young), 2):
            places = {register[f]["region"] for f in (a, b)} - {None}
            gap = abs((young[a] - young[b]).days)
            if gap > TOGETHER_DAYS or len(places) == 2 or (t, a, b) in partners:
                continue
            others = [
                r["founded_on"] for f, r in register.items()
                if f not in (a, b) and r["founded_on"] and r["founded_on"] > since and f in first
                and first[f] < now
            ]  # fmt: skip
            near = [d for d in others if all(abs((d - young[f]).days) <= TOGETHER_DAYS for f in (a, b))]
            chance = (len(near) + 15 / 731) / (len(others) + 1)
            batch = {a, b} | {
                f for f in young if f not in (a, b) and _together(t, f, (a, b), young, register, partners)
            }
            found[t, a, b] = dict(zip(COLUMNS, (True, gap, pytest.approx(chance), len(batch)), strict=True))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_foundings_equal_brute_force(seed: int, make_linked: Callable[..., Market]) -> None:
    market = make_linked(seed)
    build = Build(market)
    frame = build.grain(Grain.TIE).filter("founded_together").collect()
    found = {
        (r["tender_id"], r["bidder_a"], r["bidder_b"]): {c: r[c] for c in COLUMNS} for r in frame.to_dicts()
    }
    expected = brute_force(build, market)
    assert found == expected
    assert expected


def test_pairs_not_listed_were_not_founded_together_where_that_is_known() -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC)
    days = [date(2019, 1, 1) + timedelta(days=40 * i) for i in range(3)]
    bids = [
        {"bid_id": t + f, "tender_id": t, "bidder_id": f, "batch_id": "x"}
        for t in "TU"
        for f in ("AB" if t == "T" else "AC")
    ]
    market = market_of(
        tenders=pl.DataFrame({"tender_id": ["T", "U"], "deadline_at": [now, now], "batch_id": "x"}),
        bids=pl.DataFrame(bids),
        bidders=pl.DataFrame(
            {"bidder_id": ["A", "B", "C"], "founded_on": [days[0], days[1], None], "batch_id": "x"}
        ),
    )
    rest = dict(Build(market).unlisted(Grain.TIE).select("tender_id", "founded_together").collect().rows())
    assert rest == {"T": False, "U": None}
