from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.build import Build
from features.pair.meetings import run_lengths
from features.pair.strength import win_chances
from features.segments import Segments
from records.tables import Market


def tail(chances: list[float], hits: int) -> tuple[float, float]:
    law = np.ones(1)
    for p in chances:
        law = np.convolve(law, [1 - p, p])
    return float(law[: hits + 1].sum()), float(law[hits:].sum())


@pytest.mark.parametrize("seed", range(2))
def test_columns_equal_brute_force(seed: int, make_market: Callable[..., Market]) -> None:
    build = Build(make_market(seed, n_tenders=30))
    entries = build.table("pair_entries").collect()
    names = build.table("bidder_codes").collect()["bidder_id"].to_list()
    chance, strength = win_chances(entries, Segments(run_lengths(entries["tender"])))
    rows = entries.with_columns(name=entries["bidder"].replace_strict(dict(enumerate(names)))).to_dicts()
    for row, p, s in zip(rows, chance, strength, strict=True):
        row.update(p=float(p), s=float(s))
    decided: dict[int, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["won"] is not None:
            decided.setdefault(row["tender"], {})[row["name"]] = row
    found = {(r["bidder_a"], r["bidder_b"]): r for r in build.table("pair_outcomes").collect().to_dicts()}
    assert found
    for (one, other), row in found.items():
        assert row["n_decided"] == sum(one in t and other in t for t in decided.values())
        for a, b, me, you in ((one, other, "a", "b"), (other, one, "b", "a")):
            mine = [t for t in decided.values() if a in t]
            joint, alone = [t for t in mine if b in t], [t for t in mine if b not in t]
            wins, lost = sum(t[a]["won"] for t in joint), [t for t in joint if not t[a]["won"]]
            assert row[f"wins_{me}"] == (wins if joint else None)
            if joint:
                assert row[f"expected_wins_{me}"] == pytest.approx(sum(t[a]["p"] for t in joint))
                few, many = tail([t[a]["p"] for t in joint], wins)
                assert row[f"win_p_{me}"] == pytest.approx(min(1.0, 2 * min(few, many)), abs=0.005)
            if joint and alone:
                rate = wins / len(joint) - sum(t[a]["won"] for t in alone) / len(alone)
                assert row[f"win_asymmetry_{me}"] == pytest.approx(rate)
            losses = sum(not t[a]["won"] for t in mine)
            to_b = sum(t[b]["won"] for t in lost)
            due = [t[b]["s"] / (sum(x["s"] for x in t.values()) - t[a]["s"]) for t in lost]
            if losses:
                assert row[f"loss_share_{me}_to_{you}"] == pytest.approx(to_b / losses)
                assert row[f"loss_share_expected_{me}_to_{you}"] == pytest.approx(sum(due) / losses)
            if lost and all(p < 0.999 for p in due):
                assert row[f"loss_p_{me}_to_{you}"] == pytest.approx(tail(due, to_b)[1], abs=0.005)


def test_a_winner_that_needs_its_partner_stands_out(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = compete(3, tenders=200)
    with_both = {e.tender for e in entries if e.bidder == 0} & {e.tender for e in entries if e.bidder == 1}
    entries = [
        entry(e.tender, e.bidder, e.price, e.bidder == 0) if e.tender in with_both else e for e in entries
    ]
    rows = Build(as_market(entries)).table("pair_outcomes").collect().sort("loss_p_b_to_a")
    assert rows.select("bidder_a", "bidder_b").row(0) == ("F000", "F001")
    assert rows["win_p_a"][0] < 1e-3
    assert rows["win_asymmetry_a"][0] > 0.5
