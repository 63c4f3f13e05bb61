"""Who is there: circles of firms that meet each other, buyers, agencies.

A circle is a sub-market, for instance road works about Tianshui: some twenty firms that know each
other. Firms are numbered circle by circle, so that a circle is a range of numbers.
"""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints, position
from records.simulation.places import CATEGORIES, COUNTY_START, PREFECTURES, county_places

FIRMS_PER_TENDER = 0.2
FIRMS_PER_CIRCLE = 20
_WEIGHTS = np.array([p.weight for p in PREFECTURES]) / sum(p.weight for p in PREFECTURES)


@dataclass(frozen=True)
class Circles:
    """Sub-markets. `begin` (circles + 1) is the first firm of each; `local` the share of home tenders."""

    category: Ints
    base: Ints
    begin: Ints
    weight: Floats
    thin: Bools
    local: float

    @property
    def size(self) -> Ints:
        """Firms per circle."""
        return np.diff(self.begin)


@dataclass(frozen=True)
class Firms:
    """Firms: where they sit, how cheap and good they are, how often they bid.

    `park` and `group` (state-owned) are -1 where there is none; `cumulative` sums `activity`.
    """

    circle: Ints
    county: Ints
    place: Floats
    efficiency: Floats
    quality: Floats
    activity: Floats
    cumulative: Floats
    capacity: Floats
    founded: Ints
    capital: Ints
    staff: Ints
    park: Ints
    group: Ints


@dataclass(frozen=True)
class Buyers:
    """Buyers, numbered prefecture by prefecture; `agency` is the one that each mostly uses."""

    county: Ints
    kind: Ints
    begin: Ints
    cumulative: Floats
    agency: Ints
    n_agencies: int


def make_circles(rng: np.random.Generator, tenders: int, lookalikes: bool) -> Circles:
    """Split the market; every category gets a circle, big ones get many."""
    n_firms = tenders * FIRMS_PER_TENDER
    n = max(len(CATEGORIES), round(n_firms / FIRMS_PER_CIRCLE))
    share = np.array([c.share for c in CATEGORIES])
    counts = 1 + np.floor(share / share.sum() * (n - len(CATEGORIES)) + 0.5).astype(np.int64)
    category = np.repeat(np.arange(len(CATEGORIES)), counts)
    thin = np.array([c.thin for c in CATEGORIES])[category] & lookalikes
    typical = max(9.0, n_firms / n)
    size = np.clip(typical * rng.lognormal(0, 0.35, category.size), 8, 70).astype(np.int64)
    size[thin] = rng.integers(4, 6, int(thin.sum()))
    weight = size * np.where(thin, 1.5, 1.0)
    return Circles(
        category=category,
        base=rng.choice(len(PREFECTURES), category.size, p=_WEIGHTS),
        begin=np.concatenate([[0], np.cumsum(size)]),
        weight=weight / weight.sum(),
        thin=thin,
        local=float(np.clip(n / 150, 0.2, 0.8)),
    )


def make_firms(rng: np.random.Generator, circles: Circles, lookalikes: bool) -> Firms:
    """Fill the circles."""
    n = int(circles.begin[-1])
    circle = np.repeat(np.arange(circles.base.size), circles.size)
    home = np.where(
        rng.random(n) < circles.local, circles.base[circle], rng.choice(len(PREFECTURES), n, p=_WEIGHTS)
    )
    county = _county_of(rng, home)
    activity = rng.lognormal(0, 0.6, n)
    staff = np.maximum(2, rng.lognormal(3.2, 0.9, n)).astype(np.int64)
    estimate = np.array([c.estimate for c in CATEGORIES])[circles.category[circle]]
    return Firms(
        circle=circle,
        county=county,
        place=county_places()[county] + rng.normal(0, 8, (n, 2)),
        efficiency=rng.normal(0, 0.012, n),
        quality=rng.normal(80, 2.5, n),
        activity=activity,
        cumulative=np.concatenate([[0.0], np.cumsum(activity)]),
        capacity=estimate * 1e4 * 3 * activity,
        founded=rng.integers(-9000, 0, n),
        capital=rng.choice([100, 200, 500, 600, 800, 1000, 2000, 3000, 5000, 10_000], n) * 10_000,
        staff=staff,
        park=_parks(rng, home) if lookalikes else np.full(n, -1),
        group=_groups(rng, circles) if lookalikes else np.full(n, -1),
    )


def make_buyers(rng: np.random.Generator, tenders: int) -> Buyers:
    """Buyers in proportion to tenders, some much bigger than others."""
    n = max(3 * len(PREFECTURES), tenders // 15)
    home = np.sort(rng.choice(len(PREFECTURES), n, p=_WEIGHTS))
    home[: len(PREFECTURES)] = np.arange(len(PREFECTURES))
    home = np.sort(home)
    n_agencies = max(10, tenders // 60)
    return Buyers(
        county=_county_of(rng, home),
        kind=rng.integers(0, 7, n),
        begin=np.searchsorted(home, np.arange(len(PREFECTURES) + 1)),
        cumulative=np.concatenate([[0.0], np.cumsum(rng.pareto(1.5, n) + 0.5)]),
        agency=rng.integers(0, n_agencies, n),
        n_agencies=n_agencies,
    )


def _county_of(rng: np.random.Generator, prefecture: Ints) -> Ints:
    room = np.diff(COUNTY_START)[prefecture]
    return COUNTY_START[prefecture] + np.floor(rng.random(prefecture.size) * room).astype(np.int64)


def _parks(rng: np.random.Generator, home: Ints) -> Ints:
    """A tenth of the firms sit in business parks of about eight firms of one prefecture."""
    park = np.full(home.size, -1)
    inside = np.flatnonzero(rng.random(home.size) < 0.10)
    by_home = inside[np.argsort(home[inside], kind="stable")]
    park[by_home] = home[by_home] * 1_000_000 + position(home[by_home]) // 8
    return park


def _groups(rng: np.random.Generator, circles: Circles) -> Ints:
    """The last three firms of a third of the circles belong to one state-owned group."""
    group = np.full(int(circles.begin[-1]), -1)
    chosen = np.flatnonzero((rng.random(circles.base.size) < 0.34) & ~circles.thin)
    if chosen.size == 0:
        chosen = np.array([0])
    last = circles.begin[chosen + 1]
    for back in (1, 2, 3):
        group[last - back] = chosen
    return group
