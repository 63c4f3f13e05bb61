from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import Grain
from features.tie.device_reuse import WINDOW as DEVICE_WINDOW
from features.tie.earlier_uses import DEVICES, FEW_USERS, PEOPLE
from features.tie.staff_moves import WINDOW as STAFF_WINDOW
from records.moment import known_at
from records.tables import Market

COLUMNS = ("reused_devices", "device_reuse_days", "moved_staff", "staff_move_days")
TIES = ("tender_id", "bidder_a", "bidder_b")
Uses = dict[tuple[str, str], dict[str, list[tuple[datetime, str]]]]


def firms_of(market: Market) -> tuple[dict[str, set[str]], set[tuple[str, str, str]]]:
    """Firms behind the bids of each tender, and pairs behind one bid."""
    firms: dict[str, set[str]] = defaultdict(set)
    behind: dict[tuple[str, str], set[str]] = defaultdict(set)
    for bid in market.bids.collect().to_dicts():
        behind[bid["tender_id"], bid["bid_id"]].add(bid["bidder_id"])
    for member in market.consortium_members.collect().to_dicts():
        behind[member["tender_id"], member["bid_id"]].add(member["bidder_id"])
    partners = set()
    for (tender, _), group in behind.items():
        firms[tender] |= group
        partners |= {(tender, a, b) for a, b in combinations(sorted(group), 2)}
    return firms, partners


def uses_of(market: Market, opened: dict[str, datetime]) -> Uses:
    firms, partners = firms_of(market)
    joint = {(t, firm) for t, *pair in partners for firm in pair}
    found: Uses = defaultdict(lambda: defaultdict(list))
    for row in market.identifiers.collect().to_dicts():
        t, firm = row["tender_id"], row["bidder_id"]
        if firm in firms[t] and opened[t] and (t, firm) not in joint:
            seen = max(opened[t], row["observed_at"] or opened[t])
            found[row["kind"], row["value_hash"]][firm].append((seen, t))
    return found


def brute_force(market: Market) -> dict[Any, dict[str, int | None]]:
    tenders = {t["tender_id"]: t for t in market.tenders.collect().to_dicts()}
    opened = {
        t: max(
            row["opened_at"] or row["deadline_at"] or row["closed_at"], row["deadline_at"] or row["closed_at"]
        )
        for t, row in tenders.items()
    }
    firms, partners = firms_of(market)
    uses = uses_of(market, opened)
    (known,) = market.known_values.collect().to_dicts()
    found = {}
    for t, row in tenders.items():
        now = row["deadline_at"]
        for a, b in combinations(sorted(firms[t]), 2):
            if now is None or (t, a, b) in partners:
                continue
            links: dict[str, list[Any]] = {"device": [], "staff": []}
            for (kind, value), by_firm in uses.items():
                users = [f for f, seen in by_firm.items() if min(seen)[0] < now]
                listed = (kind, value) == (known["kind"], known["value_hash"])
                explained = listed and known["valid_from"] <= now < known["valid_to"]
                window = DEVICE_WINDOW if kind in DEVICES else STAFF_WINDOW
                if len(users) > FEW_USERS or explained or kind not in (*DEVICES, *PEOPLE):
                    continue
                mine, theirs = ([u for u in by_firm.get(f, []) if now - window <= u[0] < now] for f in (a, b))
                if any(x[1] != y[1] for x in mine for y in theirs):
                    what = "device" if kind in DEVICES else "staff"
                    links[what].append((max(mine)[0], max(theirs)[0]))
            if links["device"] or links["staff"]:
                gaps = [abs(x - y) for x, y in links["staff"]]
                since = now - max((min(pair) for pair in links["device"]), default=now)
                found[t, a, b] = {
                    "reused_devices": len(links["device"]),
                    "device_reuse_days": since // timedelta(days=1) if links["device"] else None,
                    "moved_staff": len(links["staff"]),
                    "staff_move_days": min(gaps) // timedelta(days=1) if gaps else None,
                }
    return found


@pytest.mark.parametrize("seed", range(4))
def test_links_equal_brute_force(seed: int, make_linked: Callable[..., Market]) -> None:
    market = make_linked(seed)
    expected = brute_force(market)
    frame = Build(market).grain(Grain.TIE).collect()
    linked = frame.filter((pl.col("reused_devices") > 0) | (pl.col("moved_staff") > 0))
    found = {tuple(r[k] for k in TIES): {c: r[c] for c in COLUMNS} for r in linked.to_dicts()}
    assert set(found) == set(expected)
    for key, row in found.items():
        wanted = expected[key]
        for count, days in (COLUMNS[:2], COLUMNS[2:]):
            assert (row[count] or 0, row[days]) == (wanted[count], wanted[days])
    assert sum(bool(r["reused_devices"]) for r in expected.values()) > 5
    assert sum(bool(r["moved_staff"]) for r in expected.values()) >= 1


BLOCKS = ("device_reuse", "staff_moves", "registration")


@pytest.mark.parametrize("seed", range(3))
def test_links_read_nothing_later(seed: int, make_linked: Callable[..., Market]) -> None:
    market = make_linked(seed)
    whole = {name: Build(market).table(name).sort(TIES).collect() for name in BLOCKS}
    tenders = market.tenders.collect().drop_nulls("deadline_at").sort("deadline_at", "tender_id")
    for tender in tenders[15::9].iter_slices(1):
        name = pl.col("tender_id") == tender["tender_id"].item()
        before, later = known_at(market, tender["deadline_at"].item()).to_dict(), market.to_dict()
        alone = {
            table: pl.concat([before[table].filter(~name), later[table].filter(name)])
            if table in ("tenders", "bids", "consortium_members")
            else before[table]
            for table in before
        }
        build = Build(Market.cast(alone))
        for block in BLOCKS:
            assert_frame_equal(
                build.table(block).filter(name).sort(TIES).collect(), whole[block].filter(name)
            )


def test_a_pair_without_a_link_has_none_only_where_both_have_a_history(
    make_linked: Callable[..., Market],
) -> None:
    rest = Build(make_linked(1)).unlisted(Grain.TIE).collect()
    for count, known in (("reused_devices", "known_device_history"), ("moved_staff", "known_staff_history")):
        for row in rest.to_dicts():
            assert row[count] == (0 if (row[known] or 0) >= 2 else None)
    assert 0 < rest["reused_devices"].null_count() < rest.height
