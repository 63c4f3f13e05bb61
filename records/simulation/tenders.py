"""What is put out to tender, in calendar order."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints
from records.simulation.firms import Buyers, Circles
from records.simulation.places import CATEGORIES, PREFECTURES, SCORED

FIRST, LAST = date(2022, 1, 4), date(2025, 12, 31)
HOUR, DAY = 3_600_000_000, 86_400_000_000
"""Microseconds."""
_EPOCH = date(1970, 1, 1)
_DAYS: Ints = np.arange((FIRST - _EPOCH).days, (LAST - _EPOCH).days + 1)
_MONTHLY = np.array([0.6, 0.3, 1.0, 1.15, 1.2, 1.2, 1.1, 1.05, 1.1, 0.9, 1.1, 1.3])
TYPICAL_COST, TYPICAL_SPREAD = 0.875, 0.037
"""Cost as a share of the ceiling, and its spread among bidders."""
_SLOTS = np.array([9.0, 9.5, 10.0, 10.5, 14.5, 15.0]) - 8.0
"""Usual deadlines in Beijing time, as hours of UTC."""
START = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp()) * 1_000_000
END = START + int(_DAYS.size) * DAY


@dataclass(frozen=True)
class Tenders:
    """One step's tenders; times in microseconds since 1970 UTC, money in fen.

    `lead` is the index of the procedure's first lot; `weight` of the ceiling and `cut` belong to the
    mean benchmark, `price_weight` to scoring.
    """

    number: Ints
    lead: Ints
    circle: Ints
    category: Ints
    subject: Ints
    buyer: Ints
    agency: Ints
    county: Ints
    mechanism: Ints
    published: Ints
    deadline: Ints
    closed: Ints
    estimate: Ints
    ceiling: Ints
    mandatory: Bools
    wanted: Ints
    weight: Floats
    cut: Floats
    price_weight: Floats
    cost: Floats
    spread: Floats

    @property
    def size(self) -> int:
        """Number of tenders."""
        return int(self.number.size)


def price_index(rng: np.random.Generator) -> Floats:
    """Monthly price level per category, (categories, 48): a drifting random walk from 1."""
    walk = rng.normal(0.0015, 0.010, (len(CATEGORIES), 48)).cumsum(axis=1)
    return np.asarray(np.exp(walk - walk[:, :1]), np.float64)


def make_tenders(
    rng: np.random.Generator, numbers: Ints, total: int, circles: Circles, buyers: Buyers, index: Floats
) -> Tenders:
    """Draw the tenders with these running numbers out of `total`."""
    n = numbers.size
    lead = _lots(rng, n)
    circle = rng.choice(circles.base.size, n, p=circles.weight)[lead]
    category = circles.category[circle]
    buyer = _buyers(rng, circle, circles, buyers)[lead]
    main = rng.random(n) < 0.7
    agency = np.where(main, buyers.agency[buyer], rng.integers(0, buyers.n_agencies, n))[lead]
    deadline = np.maximum.accumulate(deadlines((numbers + rng.random(n)) / total))[lead]
    mandatory = (rng.random(n) >= 0.10)[lead]
    days = np.where(rng.random(n) < 0.998, rng.integers(21, 36, n), rng.integers(12, 20, n))
    days = np.where(mandatory, days, rng.integers(6, 19, n))
    month = (deadline - START) // (30 * DAY + 11 * HOUR)
    level, before = (index[category, np.clip(month - lag, 0, 47)] for lag in (0, 3))
    median = np.array([c.estimate for c in CATEGORIES])[category] * 1e6
    estimate = np.round(median * rng.lognormal(0, 0.8, n) * level, -5).astype(np.int64)
    mechanism = _mechanisms(rng, category)[lead]
    return Tenders(
        number=numbers,
        lead=lead,
        circle=circle,
        category=category,
        subject=rng.integers(0, 6, n)[lead],
        buyer=buyer,
        agency=agency,
        county=buyers.county[buyer],
        mechanism=mechanism,
        published=((deadline // DAY - days) * DAY + rng.integers(1, 10, n) * HOUR)[lead],
        deadline=deadline,
        closed=((deadline // DAY + rng.integers(3, 11, n)) * DAY + rng.integers(2, 9, n) * HOUR)[lead],
        estimate=estimate,
        ceiling=np.round(estimate * (1 - rng.choice([0.0, 0.0, 0.01, 0.02, 0.03], n)), -2).astype(np.int64),
        mandatory=mandatory,
        wanted=_entrants(rng, category, mechanism),
        weight=rng.choice([0.2, 0.3, 0.4, 0.5], n),
        cut=rng.choice([0.005, 0.01, 0.015, 0.02, 0.025, 0.03], n),
        price_weight=np.where(mechanism == SCORED, rng.choice([0.3, 0.4, 0.5, 0.6], n), 0.0),
        cost=rng.normal(TYPICAL_COST, 0.028, n) * level / before,
        spread=TYPICAL_SPREAD * rng.lognormal(0, 0.5, n),
    )


def deadlines(share: Floats) -> Ints:
    """Map shares of the calendar, rising, to deadlines on working days at usual hours."""
    when = _DAYS.astype("datetime64[D]")
    weight = np.is_busday(when) * _MONTHLY[when.astype("datetime64[M]").astype(int) % 12]
    cumulative = np.concatenate([[0.0], np.cumsum(weight) / weight.sum()])
    day = np.clip(np.searchsorted(cumulative, share, side="right") - 1, 0, _DAYS.size - 1)
    part = (share - cumulative[day]) / (cumulative[day + 1] - cumulative[day])
    slot = np.clip((part * _SLOTS.size).astype(np.int64), 0, _SLOTS.size - 1)
    return np.asarray(_DAYS[day] * DAY + (_SLOTS[slot] * HOUR), np.int64)


def _lots(rng: np.random.Generator, n: int) -> Ints:
    """Some tenders are the second lot of the one before."""
    second = rng.random(n) < 0.06
    second[:1] = False
    second[1:] &= ~second[:-1]
    return np.arange(n) - second


def _buyers(rng: np.random.Generator, circle: Ints, circles: Circles, buyers: Buyers) -> Ints:
    weights = np.array([p.weight for p in PREFECTURES])
    anywhere = rng.choice(len(PREFECTURES), circle.size, p=weights / weights.sum())
    place = np.where(rng.random(circle.size) < circles.local, circles.base[circle], anywhere)
    low, high = buyers.cumulative[buyers.begin[place]], buyers.cumulative[buyers.begin[place + 1]]
    drawn = np.searchsorted(buyers.cumulative, low + rng.random(circle.size) * (high - low), side="right")
    return np.asarray(np.clip(drawn - 1, 0, buyers.county.size - 1), np.int64)


def _mechanisms(rng: np.random.Generator, category: Ints) -> Ints:
    chances = np.cumsum([c.mechanisms for c in CATEGORIES], axis=1)[category]
    return np.asarray(np.minimum((rng.random(category.size)[:, None] >= chances).sum(axis=1), 5), np.int64)


def _entrants(rng: np.random.Generator, category: Ints, mechanism: Ints) -> Ints:
    """3 to 15 bids; average-price awards draw more."""
    mean = np.array([c.entrants for c in CATEGORIES])[category] + 1.5 * (mechanism == 1)
    return np.asarray(np.clip(3 + rng.poisson(rng.gamma(2.5, (mean - 3) / 2.5)), 3, 15), np.int64)
