"""Simulated labelled markets, shared by the tests of models that learn from labels."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from models.labels import LABEL, SELECTION, UNIT, WEIGHT
from models.tender_boosting import EVIDENCE
from records.tables import Market, market_of

START = datetime(2020, 1, 1, tzinfo=UTC)


def labelled_tenders(
    n: int = 1200, seed: int = 0, reviewed: float = 0.4, strength: float = 1.0, cleared: bool = True
) -> pl.DataFrame:
    """Tenders of 40 companies of firms; a quarter of them collude, which lowers some screens."""
    rng = np.random.default_rng(seed)
    company = rng.integers(0, 40, n)
    collusive = (company % 4 == 0) & (rng.random(n) < 0.6)
    shift = np.where(collusive, strength, 0.0)
    columns = {c: rng.normal(0, 1, n) - shift * (i in (0, 3, 20)) for i, c in enumerate(EVIDENCE)}
    seen = (rng.random(n) < reviewed) & (collusive | cleared)
    return pl.DataFrame(
        {
            "tender_id": [f"T{i:05}" for i in range(n)],
            "mechanism": "lowest",
            "n_valid": rng.integers(4, 7, n),
            "deadline_at": [START + timedelta(days=int(i)) for i in range(n)],
            **columns,
            "truth": collusive,
            LABEL: pl.Series([bool(c) if s else None for c, s in zip(collusive, seen, strict=True)]),
            WEIGHT: pl.Series([1.0 if s else None for s in seen]),
            UNIT: company,
            SELECTION: pl.Series([None] * n, dtype=pl.Float64),
        }
    ).cast({LABEL: pl.Boolean, WEIGHT: pl.Float64, "deadline_at": pl.Datetime("us", "UTC")})


def market_behind(frame: pl.DataFrame) -> Market:
    """Records that the labels may have come from: three firms of the company bid in each tender."""
    bids = frame.select(
        "tender_id", bidder_id=pl.concat_list(pl.format("F{}-{}", UNIT, pl.lit(i)) for i in range(3))
    ).explode("bidder_id")
    known = frame.filter(pl.col(LABEL).is_not_null())
    return market_of(
        tenders=frame.select("tender_id", "deadline_at", batch_id=pl.lit("b")),
        bids=bids.with_row_index("bid_id").with_columns(batch_id=pl.lit("b")),
        decisions=known.select(
            "tender_id",
            decision_id="tender_id",
            kind=pl.lit("reviewer"),
            collusive=LABEL,
            strength=pl.lit(1.0),
            known_at=pl.col("deadline_at") + pl.duration(days=20),
            batch_id=pl.lit("b"),
        ),
    )


@pytest.fixture(scope="session")
def tenders_of() -> Callable[..., pl.DataFrame]:
    return labelled_tenders


@pytest.fixture(scope="session")
def market_of_labels() -> Callable[[pl.DataFrame], Market]:
    return market_behind
