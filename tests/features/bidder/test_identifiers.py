from collections import defaultdict
from collections.abc import Callable

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tie.earlier_uses import DEVICES, FEW_USERS
from records.tables import Market, market_of

Value = tuple[str, str]


def held(market: Market) -> dict[str, dict[Value, set[str]]]:
    """Values of every firm, with the tenders that it showed them in."""
    found: dict[str, dict[Value, set[str]]] = defaultdict(dict)
    for row in market.identifiers.collect().to_dicts():
        shown = found[row["bidder_id"]].setdefault((row["kind"], row["value_hash"]), set())
        if row["tender_id"]:
            shown.add(row["tender_id"])
    return found


@pytest.mark.parametrize("seed", range(3))
def test_common_values_equal_brute_force(seed: int, make_rich: Callable[..., Market]) -> None:
    market = make_rich(seed, n_tenders=12)
    of = held(market)
    for row in Build(market).grain(Grain.BIDDER).collect().to_dicts():
        mine = of[row["bidder_id"]]
        holders = {v: [f for f in of if v in of[f]] for v in mine}
        common = {v: len(h) for v, h in holders.items() if len(h) > 1}
        assert (row["n_values"], row["n_common_values"]) == (len(mine), len(common))
        for kind in ("author_mac", "agent", "address", "upload_mac"):
            has = any(k == kind for k, _ in mine)
            assert row[f"common_{kind}"] == (sum(k == kind for k, _ in common) if has else None)
        rarest = min(common.values(), default=None)
        assert row["rarest_common_holders"] == rarest
        assert row["rarest_common_kind"] == min(
            (k for (k, _), n in common.items() if n == rarest), default=None
        )
        assert row["most_reused_tenders"] == max((len(t) for t in mine.values() if t), default=None)
        devices = {v: t for v, t in mine.items() if v[0] in DEVICES}
        met = {
            (v, f)
            for v, t in devices.items() if len(holders[v]) <= FEW_USERS
            for f in holders[v] if f != row["bidder_id"]
            for s in of[f][v] if t - {s}
        }  # fmt: skip
        assert row["device_partners"] == (len({f for _, f in met}) if devices else None)
        assert row["shared_device_count"] == (len({v for v, _ in met}) if devices else None)


def test_values_with_a_known_reason_do_not_count(make_rich: Callable[..., Market]) -> None:
    market = make_rich(0)
    known = market.identifiers.select("kind", "value_hash", "batch_id").unique()
    listed = known.with_columns(listing=pl.lit("centre_device"))
    explained = market_of(**{**market.to_dict(), "known_values": listed})
    frame = Build(explained).grain(Grain.BIDDER).collect()
    assert frame["n_values"].null_count() == frame.height
