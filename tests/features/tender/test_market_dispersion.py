from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import polygamma

from features.build import Build
from features.catalogue import Grain
from features.tender.market_dispersion import ALIKE, ENOUGH, freedom_of
from records.tables import market_of

START = datetime(2020, 1, 1, tzinfo=UTC)


def dispersions(
    bids: list[list[float]], *, category: list[str] | None = None, days: list[int] | None = None
) -> list[dict[str, Any]]:
    """Rows of tenders with these bids, by default one a day."""
    days = days or list(range(len(bids)))
    listed = pl.DataFrame(
        {
            "tender_id": [f"T{i:05}" for i in range(len(bids))],
            "deadline_at": [START + timedelta(days=day) for day in days],
            "category": category or ["works"] * len(bids),
            "batch_id": "x",
        }
    )
    rows = [(f"T{t:05}", f"F{i}", b) for t, amounts in enumerate(bids) for i, b in enumerate(amounts)]
    placed = pl.DataFrame(rows, schema=["tender_id", "bidder_id", "amount"], orient="row").with_columns(
        pl.format("{}-{}", "tender_id", "bidder_id").alias("bid_id"), batch_id=pl.lit("x")
    )
    built = Build(market_of(tenders=listed, bids=placed)).grain(Grain.TENDER).sort("tender_id")
    return (
        built.select(
            "market_dispersion",
            "dispersion_freedom",
            "dispersion_tenders",
            "dispersion_borrowed",
            "bid_cv_null",
        )
        .collect()
        .to_dicts()
    )


def competitive(tenders: int, deviation: float, freedom: float = 1e9, seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    own = deviation * np.sqrt(freedom / rng.chisquare(freedom, tenders))
    sizes = rng.integers(3, 8, tenders)
    return [(1e6 * np.exp(s * rng.standard_normal(n))).tolist() for s, n in zip(own, sizes, strict=True)]


def test_finds_the_deviation_of_a_market_and_how_it_varies() -> None:
    last = dispersions(competitive(1500, 0.06, freedom=8.0))[-1]
    assert last["market_dispersion"] == pytest.approx(0.06, rel=0.05)
    # The variance of the log deviations, of which the freedom is a function, is what has an even error.
    varies = polygamma(1, last["dispersion_freedom"] / 2)
    assert varies == pytest.approx(polygamma(1, 8 / 2), abs=0.13)
    assert last["dispersion_tenders"] == 1499


def test_too_few_earlier_tenders_say_nothing() -> None:
    made = dispersions(competitive(ENOUGH + 2, 0.05))
    known = [row["market_dispersion"] is not None for row in made]
    assert known == [False] * ENOUGH + [True, True]
    assert [row["dispersion_tenders"] for row in made] == list(range(ENOUGH + 2))
    assert [row["bid_cv_null"] is not None for row in made] == known
    assert [row["dispersion_borrowed"] is not None for row in made] == known


def test_a_category_speaks_for_itself_once_it_has_enough() -> None:
    narrow, wide = competitive(ENOUGH, 0.01), competitive(5 * ENOUGH, 0.2, seed=1)
    probes = [[100.0, 101.0, 102.0]] * 2
    made = dispersions([*narrow, *wide, *probes], category=["a"] * ENOUGH + ["b"] * 5 * ENOUGH + ["a", "new"])
    own, other = made[-2:]
    assert own["dispersion_tenders"] == ENOUGH
    assert own["market_dispersion"] == pytest.approx(0.01, rel=0.3)
    assert other["dispersion_tenders"] == 6 * ENOUGH + 1
    assert other["market_dispersion"] > 0.05
    assert (own["dispersion_borrowed"], other["dispersion_borrowed"]) == (False, True)


def test_simultaneous_tenders_see_none_of_each_other_and_equal_bids_do_not_count() -> None:
    bids = [*competitive(ENOUGH, 0.05), [5.0, 5.0, 5.0], [5.0, 6.0], [5.0, 9.0]]
    made = dispersions(bids, days=[*range(ENOUGH), 40, 50, 50])
    assert [row["dispersion_tenders"] for row in made[-3:]] == [ENOUGH] * 3
    assert made[-1]["market_dispersion"] == made[-2]["market_dispersion"]


def test_currency_units_do_not_matter() -> None:
    bids = competitive(60, 0.05)
    plain, scaled = (dispersions([[k * b for b in t] for t in bids])[-1] for k in (1, 1000))
    assert scaled == pytest.approx(plain, rel=1e-6)


def test_freedom_inverts_the_variance_of_a_log_chi_square() -> None:
    freedom = np.array([0.3, 1.0, 4.0, 50.0, 9000.0])
    assert freedom_of(polygamma(1, freedom / 2)) == pytest.approx(freedom, rel=1e-5)
    assert freedom_of(np.array([-1.0, 0.0, np.nan]))[:2].tolist() == pytest.approx([ALIKE, ALIKE])


def test_later_tenders_change_no_earlier_row_and_order_none() -> None:
    bids, days = competitive(80, 0.05, freedom=6.0), [i // 3 for i in range(80)]
    whole = dispersions(bids, days=days)
    assert dispersions(bids[:60], days=days[:60]) == whole[:60]
    assert dispersions(bids[::-1], days=days[::-1])[::-1] == whole


def test_tenders_with_unit_prices_among_totals_say_nothing_about_a_market() -> None:
    odd = [[5.0, 105.0, 110.0]] * 20
    made = dispersions([*competitive(ENOUGH, 0.05), *odd, [100.0, 101.0]])
    assert made[-1]["dispersion_tenders"] == ENOUGH
