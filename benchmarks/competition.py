"""Markets in which nobody agrees anything, in several designs: what an honest p-value must bear.

Every design has two categories and two regions, firms that enter at random, two to ten bids a tender, and the
lowest bid wins. They differ in how the bids of one tender are drawn, and one in who enters.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from features.segments import Counts, Floats
from records.privacy import pseudonymise
from records.simulate import simulate
from records.tables import Market, market_of

START = datetime(2018, 1, 1, tzinfo=UTC)
FIRMS, CATEGORIES, REGIONS, BUYERS, EXPERTS = 80, 2, 2, 12, 30
MOST_BIDS = 10
KEY = b"a benchmark needs no secret key."


@dataclass(frozen=True)
class Design:
    """How the bids of a tender are drawn: shares of the ceiling, all deviations in logarithms or in shares.

    `level` varies between tenders, `strength` between firms for good; `uneven` is by how much the deviation
    `spread` itself varies between tenders; prices lie on a grid of `step` where it is above zero; with
    `trades` each firm enters tenders of one category only.
    """

    meaning: str
    spread: float
    normal: bool = False
    centre: float = 0.7
    level: float = 0.0
    strength: float = 0.0
    uneven: float = 0.0
    step: float = 0.0
    trades: bool = False

    def ratios(self, rng: np.random.Generator, tender: Counts, firm: Counts) -> Floats:
        """Bid over ceiling for every bid, from the numbers of its tender and its firm."""
        level, uneven = rng.normal(size=(2, tender.max() + 1))[:, tender]
        strength = rng.normal(size=firm.max() + 1)[firm]
        own = self.spread * np.exp(self.uneven * uneven) * rng.normal(size=tender.size)
        apart = self.level * level + self.strength * strength + own
        ratio = self.centre * (1 + apart if self.normal else np.exp(apart))
        return np.asarray(np.round(ratio / self.step) * self.step if self.step else ratio)


DESIGNS = {
    "normal": Design("independent normal bids, deviation 4 %, equal firms", 0.04, normal=True),
    "lognormal": Design("independent lognormal bids, log deviation 5 %, equal firms", 0.05),
    "wide_lognormal": Design("the same with a log deviation of 20 %", 0.2, centre=0.45),
    "common_shocks": Design("tenders differ in level and in spread", 0.04, level=0.05, uneven=0.5),
    "unequal_firms": Design(
        "firms differ for good by as much as their bids vary, 4 %, and each keeps to one of two trades",
        0.04,
        strength=0.04,
        trades=True,
    ),
    "coarse_prices": Design(
        "lognormal bids, 5 %, rounded to half a per cent of the ceiling", 0.05, step=0.005
    ),
}


def market(design: str, tenders: int, seed: int) -> Market:
    """A market of one design; `simulator` is the province of `records.simulate` without rings."""
    if design == "simulator":
        return simulated(tenders, seed)
    rng = np.random.default_rng([seed, *design.encode()])
    offered, bids = tables(DESIGNS[design], tenders, rng)
    firms = pl.DataFrame({"bidder_id": _names("F", np.arange(FIRMS)), "batch_id": "x"}).with_columns(
        region=pl.format("R{}", pl.int_range(pl.len()) % REGIONS)
    )
    return market_of(tenders=offered, bids=bids, bidders=firms, expert_scores=_marks(bids, rng))


def simulated(tenders: int, seed: int) -> Market:
    chunks = list(simulate(tenders=tenders, seed=seed, rings=False, lookalikes=False))
    names = {name for chunk in chunks for name in chunk.raw.tables}
    tables = {
        name: pl.concat([c.raw.tables[name] for c in chunks if name in c.raw.tables]).with_columns(
            batch_id=pl.lit("x")
        )
        for name in names
    }
    hidden = {name: pseudonymise(table, KEY) for name, table in tables.items() if "value" in table.columns}
    return market_of(**{**tables, **hidden})


def tables(design: Design, tenders: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tenders and bids of a design, one tender a day."""
    number = np.arange(tenders)
    category, n = rng.integers(CATEGORIES, size=tenders), rng.integers(2, MOST_BIDS + 1, tenders)
    firm, tender = _entry(rng, n, category if design.trades else None), np.repeat(number, n)
    ceiling = np.round(10 ** rng.uniform(5.5, 7.5, tenders), -3)
    amount = np.round(design.ratios(rng, tender, firm) * ceiling[tender], 2)
    deadline = pl.Series([START + timedelta(days=int(t)) for t in number])
    offered = pl.DataFrame(
        {
            "tender_id": _names("T", number),
            "batch_id": "x",
            "category": _names("C", category),
            "region": _names("R", rng.integers(REGIONS, size=tenders)),
            "buyer_id": _names("B", rng.integers(BUYERS, size=tenders)),
            "agency_id": _names("A", rng.integers(BUYERS // 2, size=tenders)),
            "jurisdiction": "CN",
            "procurement_method": "open",
            "mechanism": "lowest",
            "currency": "CNY",
            "ceiling": ceiling,
            "estimate": ceiling,
            "published_at": deadline - timedelta(days=25),
            "deadline_at": deadline,
            "opened_at": deadline + timedelta(hours=1),
            "closed_at": deadline + timedelta(days=10),
            "status": "complete",
        }
    )
    ids = pl.Series(_names("T", number))
    bids = pl.DataFrame(
        {
            "bid_id": _names("b", np.arange(tender.size)),
            "batch_id": "x",
            "tender_id": ids.gather(tender),
            "bidder_id": _names("F", firm),
            "amount": amount,
            "status": "valid",
            "submitted_at": deadline.gather(tender)
            - pl.Series(rng.exponential(2 * 86_400e6, tender.size).astype(np.int64)).cast(pl.Duration("us")),
        }
    )
    lowest = pl.col("bid_id").sort_by("amount", "bid_id").first().over("tender_id")
    return offered, bids.with_columns(won=pl.col("bid_id") == lowest)


def _entry(rng: np.random.Generator, n: Counts, trade: Counts | None) -> Counts:
    """Firms of every tender: a random choice among all of them, or among those of its trade."""
    able = FIRMS if trade is None else FIRMS // CATEGORIES
    order = np.argsort(rng.random((n.size, able)), axis=1)
    chosen = order[np.arange(able) < n[:, None]]
    return np.asarray(chosen if trade is None else chosen + able * np.repeat(trade, n))


def _marks(bids: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Three experts a tender mark every bid, each with a rigour of its own and independent noise."""
    tenders = bids["tender_id"].unique(maintain_order=True)
    seats = np.argsort(rng.random((tenders.len(), EXPERTS)), axis=1)[:, :3]
    panel = pl.DataFrame(
        {"tender_id": np.repeat(tenders.to_numpy(), 3), "expert": seats.ravel(), "batch_id": "x"}
    )
    rigour = rng.normal(0, 2, EXPERTS)
    marks = panel.join(bids.select("tender_id", "bidder_id"), on="tender_id")
    score = 80 + rigour[marks["expert"].to_numpy()] + 4 * rng.normal(size=marks.height)
    return marks.select(
        "tender_id", "bidder_id", "batch_id", expert_id=pl.format("E{}", "expert"), item=pl.lit("overall"),
        max_score=pl.lit(100.0), score=pl.Series(score.round(1)), objective=pl.lit(False),
    )  # fmt: skip


def _names(letter: str, numbers: Counts) -> pl.Series:
    return pl.select(pl.format(letter + "{}", pl.Series(numbers))).to_series()
