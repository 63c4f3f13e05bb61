from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import Grain
from features.tie.crossed import CROSSINGS
from records.kinds import KINDS, Scope
from records.tables import Market, market_of

START = datetime(2024, 1, 1, tzinfo=UTC)
ROLES = sorted({kind for c in CROSSINGS.values() for pair in c.pairs for kind in pair})
TIES = ("tender_id", "bidder_a", "bidder_b")


def random_market(seed: int, n: int = 25) -> Market:
    rng = np.random.default_rng(seed)
    tenders = [
        {
            "tender_id": f"T{t:02}",
            "deadline_at": START + timedelta(days=10 * t) if t % 7 else None,
            "batch_id": "x",
        }
        for t in range(n)
    ]
    bids, held = [], []
    for t in range(n):
        for firm in rng.choice(6, 3, replace=False).tolist():
            of = {"bidder_id": f"F{firm}", "tender_id": f"T{t:02}", "batch_id": "x"}
            bids.append({**of, "bid_id": f"{t}-{firm}"})
            held += [
                {**of, "kind": k, "value_hash": f"{rng.integers(4):032}"}
                for k in rng.choice(ROLES, 6).tolist()
                if KINDS[k].scope == Scope.BID
            ]
    for firm in range(6):
        for k in rng.choice(ROLES, 9).tolist():
            since = START + timedelta(days=int(rng.integers(0, 250)))
            if KINDS[k].scope == Scope.FIRM:
                held.append({
                    "bidder_id": f"F{firm}", "kind": k, "value_hash": f"{rng.integers(4):032}",
                    "batch_id": "x", "valid_from": since if rng.random() < 0.5 else None,
                    "valid_to": since + timedelta(days=60) if rng.random() < 0.5 else None,
                })  # fmt: skip
    tables: dict[str, Any] = {"tenders": tenders, "bids": bids, "identifiers": held}
    return market_of(**{k: pl.DataFrame(rows, infer_schema_length=None) for k, rows in tables.items()})


def roles(market: Market) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Kinds and values of each tender and bidder in force."""
    deadlines = dict(market.tenders.select("tender_id", "deadline_at").collect().rows())
    entered = market.bids.select("tender_id", "bidder_id").collect().rows()
    found: dict[tuple[str, str], set[tuple[str, str]]] = {key: set() for key in entered}
    for row in market.identifiers.collect().to_dicts():
        for t, firm in entered:
            now = deadlines[t]
            since, until = row["valid_from"], row["valid_to"]
            in_force = now is None or ((since is None or since <= now) and (until is None or now < until))
            of_bid = row["tender_id"] == t
            if firm == row["bidder_id"] and (of_bid or (row["tender_id"] is None and in_force)):
                found[t, firm].add((row["kind"], row["value_hash"]))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_crossings_equal_brute_force(seed: int) -> None:
    market = random_market(seed)
    held = roles(market)
    expected = {}
    for (t, a), (s, b) in combinations(sorted(held), 2):
        if t != s:
            continue
        counts = {
            name: len({
                (KINDS[k].family, v) for k, v in held[t, a] for m, w in held[t, b]
                if v == w and (k, m) in c.pairs
            })
            for name, c in CROSSINGS.items()
        }  # fmt: skip
        if any(counts.values()):
            expected[t, a, b] = counts
    made = Build(market).table("crossed").collect().to_dicts()
    found = {tuple(row[k] for k in TIES): {n: row[n] or 0 for n in CROSSINGS} for row in made}
    assert found == expected
    assert all(sum(row[name] for row in expected.values()) for name in ("crossed_deposit", "crossed_person"))


def test_later_tenders_change_no_earlier_crossing() -> None:
    market = random_market(7)
    now = START + timedelta(days=125)
    early = market.tenders.filter((pl.col("deadline_at") <= now).fill_null(True))
    cut = {
        name: table.join(early.select("tender_id"), on="tender_id", how="semi") if name == "bids" else table
        for name, table in market.to_dict().items()
    }
    of_bid = pl.col("tender_id").is_not_null()
    known = market.identifiers.filter(~of_bid)
    of_early = market.identifiers.filter(of_bid).join(early.select("tender_id"), on="tender_id", how="semi")
    cut |= {"tenders": early, "identifiers": pl.concat([known, of_early])}
    alone = Build(Market.cast(cut)).table("crossed").sort(TIES).collect()
    whole = Build(market).table("crossed").join(early.select("tender_id"), on="tender_id", how="semi")
    assert alone.height
    assert_frame_equal(alone, whole.sort(TIES).collect())


def one_tender(*held: tuple[str, str, str], **more: Any) -> pl.DataFrame:
    tenders = {"tender_id": ["T"], "deadline_at": [START], "batch_id": "x"}
    firms = sorted({f for f, _, _ in held})
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "x"} for f in firms]
    rows = [
        {"bidder_id": f, "tender_id": "T" if KINDS[k].scope == Scope.BID else None, "kind": k,
         "value_hash": v.rjust(32, "0"), "display": shown, "source_record": f + k, "batch_id": "x"}
        for f, k, v in held
        for shown in ["•••" + v if KINDS[k].personal else "in full " + v]
    ]  # fmt: skip
    frames = {"tenders": tenders, "bids": bids, "identifiers": rows, **more}
    return (
        Build(market_of(**{k: pl.DataFrame(v) for k, v in frames.items()})).table("crossed_values").collect()
    )


def test_both_sides_are_on_record_and_personal_values_stay_masked() -> None:
    (row,) = one_tender(("A", "ca_subject", "1"), ("B", "deposit_payer", "1")).to_dicts()
    assert (row["kind"], row["kind_b"], row["display"]) == ("ca_subject", "deposit_payer", "•••1")
    assert (row["record_a"], row["record_b"]) == ("x::Aca_subject", "x::Bdeposit_payer")
    assert (row["holders"], row["joint_bid"], row["listing"]) == (2, False, None)


def test_a_list_entry_counts_for_the_whole_family() -> None:
    entry = {"listing": "platform_account", "kind": "refund_account", "value_hash": "1".rjust(32, "0")}
    held = [("A", "deposit_account", "1"), ("B", "basic_account", "1")]
    (row,) = one_tender(*held, known_values=[{**entry, "batch_id": "x"}]).to_dicts()
    assert row["listing"] == "platform_account"
    over = {**entry, "batch_id": "x", "valid_to": START - timedelta(days=1)}
    assert one_tender(*held, known_values=[over])["listing"].item() is None


def test_equal_kinds_and_one_firm_cross_nothing() -> None:
    assert one_tender(("A", "agent", "1"), ("B", "agent", "1")).is_empty()
    assert one_tender(("A", "agent", "1"), ("A", "operator", "1"), ("B", "agent", "2")).is_empty()


def test_a_pair_not_listed_has_no_crossing_only_where_kinds_can_be_compared() -> None:
    told = ("crossed_handler", "crossed_refund")
    held = [("A", "agent", "1"), ("B", "agent", "2"), ("B", "operator", "3"), ("A", "refund_account", "4")]
    rows = [
        {"bidder_id": f, "tender_id": "T", "kind": k, "value_hash": v * 32, "batch_id": "x"}
        for f, k, v in held
    ]
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "x"} for f in "AB"]
    tender = {"tender_id": ["T"], "batch_id": "x"}
    market = market_of(tenders=pl.DataFrame(tender), bids=pl.DataFrame(bids), identifiers=pl.DataFrame(rows))
    assert Build(market).unlisted(Grain.TIE).select(told).collect().rows() == [(0, None)]
