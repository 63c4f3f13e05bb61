from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tie.service_rates import ENOUGH, OFFICE
from records.tables import market_of

START = datetime(2024, 1, 1, 9, 7, tzinfo=UTC)


def tie(kind: str, earlier: int, others: int, column: str) -> Any:
    """A pair that shares value 1, after `earlier` uses of it and `others` of value 2, one a day."""
    n = earlier + others
    tenders: list[dict[str, Any]] = [
        {"tender_id": f"E{i}", "deadline_at": START + timedelta(days=i), "batch_id": "x"} for i in range(n)
    ]
    tenders += [
        {"tender_id": t, "deadline_at": START + timedelta(days=n + d), "batch_id": "x"}
        for t, d in (("T", 0), ("U", 9))
    ]
    firms = [(f"E{i}", "Z", "1" if i < earlier else "2") for i in range(n)]
    firms += [("T", "A", "1"), ("T", "B", "1"), ("U", "Z", "1")]
    bids = [{"bid_id": t + f, "tender_id": t, "bidder_id": f, "batch_id": "x"} for t, f, _ in firms]
    moments = {t["tender_id"]: t["deadline_at"] - timedelta(hours=1) for t in tenders}
    held = [
        {
            "bidder_id": f,
            "tender_id": t,
            "kind": kind,
            "value_hash": v * 32,
            "observed_at": moments[t],
            "batch_id": "x",
        }
        for t, f, v in firms
    ]
    tables: dict[str, Any] = {"tenders": tenders, "bids": bids, "identifiers": held}
    market = market_of(**{k: pl.DataFrame(rows) for k, rows in tables.items()})
    return Build(market).grain(Grain.TIE).filter(pl.col("tender_id") == "T").select(column).collect().item()


@pytest.mark.parametrize(
    ("earlier", "others", "expected"),
    [(10, 30, 0.25), (0, ENOUGH, 0.0), (ENOUGH, 0, 1.0), (ENOUGH - 1, 0, None)],
)
def test_share_of_a_branch_in_earlier_deposits(earlier: int, others: int, expected: float | None) -> None:
    assert tie("deposit_branch", earlier, others, "branch_usual_share") == expected


def test_rate_of_an_issuer_in_office_hours() -> None:
    rate = tie("guarantee_insurer", ENOUGH, 3, "insurer_hourly_rate")
    assert rate == pytest.approx(ENOUGH / ((ENOUGH - 1) * 24 * OFFICE))
    assert tie("guarantee_insurer", ENOUGH - 1, 9, "insurer_hourly_rate") is None
