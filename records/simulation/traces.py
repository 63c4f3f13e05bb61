"""What each bid leaves behind: devices, networks, accounts, people, as entity numbers.

Entities of a firm are numbered below `COMMON`; everything that several firms may hold lies above,
in a range of its own. `codes` turns the numbers into values.
"""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Ints, below, mix, totals
from records.simulation.firms import Firms
from records.simulation.places import CATEGORIES, COUNTY_PREFECTURE
from records.simulation.plans import SWAP, TRACES, Rings
from records.simulation.rings import Bids
from records.simulation.tenders import DAY, HOUR, START, Tenders

COMMON = 1 << 40
RING, CENTRE, AGENCY, PARK, CARRIER, PLATFORM = (COMMON * k for k in range(1, 7))
N_PLATFORMS = 3
LOOKALIKES = (
    "consortium", "agency_network", "carrier_network", "park_network", "centre_device",
    "platform_account", "buyer_file", "state_group", "thin_market", "price_book",
)  # fmt: skip
"""Kinds of innocent look-alike, in the order of `Traces.alike`."""


@dataclass(frozen=True)
class Traces:
    """Entity numbers per bid, and what was planted.

    `left` (bids, TRACES and kinship) marks ring traces; `alike` (bids, LOOKALIKES) innocent look-alikes;
    `partner` is the second member of a joint bid, else -1.
    """

    author: Ints
    upload: Ints
    line: Ints
    lock: Ints
    key: Ints
    account: Ints
    agent: Ints
    manager: Ints
    team: Ints
    partner: Ints
    submitted: Ints
    left: Bools
    alike: Bools


def upload_times(rng: np.random.Generator, tenders: Tenders, bids: Bids) -> Ints:
    """Exponential before the deadline with mean four hours, at least a minute, within the bid period."""
    t = bids.tender
    before = 60_000_000 + (rng.exponential(4 * HOUR, t.size)).astype(np.int64)
    room = (tenders.deadline - tenders.published)[t] * 9 // 10
    return np.asarray((tenders.deadline[t] - np.minimum(before, room)) // 1_000_000 * 1_000_000, np.int64)


def leave_traces(
    rng: np.random.Generator,
    tenders: Tenders,
    bids: Bids,
    firms: Firms,
    rings: Rings,
    carriers: int,
    lookalikes: bool,
    submitted: Ints,
) -> Traces:
    """Own entities for everybody, then look-alikes, then what careless rings share."""
    made = _own(rng, tenders, bids, submitted)
    if lookalikes:
        _look_alike(rng, tenders, bids, firms, carriers, made)
    if rings.scheme.size:
        _careless(rng, bids, rings, made)
    return made


def _own(rng: np.random.Generator, tenders: Tenders, bids: Bids, submitted: Ints) -> Traces:
    f, n = bids.firm, bids.firm.size
    age = tenders.deadline[bids.tender] - START
    epoch = (age // DAY + below(mix(11, f), 600)) // 600
    pick = (rng.random(n) ** 2 * (1 + below(mix(12, f), 3))).astype(np.int64)
    author = f * 32 + epoch * 4 + pick
    return Traces(
        author=author,
        upload=np.where(rng.random(n) < 0.7, author, f * 32 + 24 + epoch),
        line=f * 64 + (age // DAY + below(mix(13, f), 120)) // 120,
        lock=f * 4 + (rng.random(n) < 0.15),
        key=f * 8 + age // (365 * DAY),
        account=f.copy(),
        agent=f * 64 + 1 + (rng.random(n) ** 2 * 3).astype(np.int64),
        manager=f * 64 + 8 + rng.integers(0, 4, n),
        team=f * 64 + 16 + rng.integers(0, 12, n),
        partner=np.full(n, -1),
        submitted=submitted,
        left=np.zeros((n, len(TRACES) + 1), bool),
        alike=np.zeros((n, len(LOOKALIKES)), bool),
    )


def _look_alike(
    rng: np.random.Generator, tenders: Tenders, bids: Bids, firms: Firms, carriers: int, made: Traces
) -> None:
    """Share values for innocent reasons."""
    t, f, n = bids.tender, bids.firm, bids.firm.size
    works = is_works(tenders)[t]
    marks = dict(zip(LOOKALIKES, made.alike.T, strict=True))
    marks["thin_market"][:] = np.array([c.thin for c in CATEGORIES])[tenders.category[t]]
    marks["price_book"][:] = np.array([c.price_book for c in CATEGORIES])[tenders.category[t]]
    marks["state_group"][:] = firms.group[f] >= 0
    networks = (
        (rng.random(n) < 0.06),
        (rng.random(n) < 0.25) & serves(tenders.agency)[t],
        firms.park[f] >= 0,
    )
    lines = (
        CARRIER + rng.integers(0, carriers, n),
        AGENCY + tenders.agency[t],
        PARK + firms.park[f] * 64 + (tenders.deadline[t] - START) // (365 * DAY),
    )
    for kind, applies, line in zip(
        ("carrier_network", "agency_network", "park_network"), networks, lines, strict=True
    ):
        made.line[applies] = line[applies]
        marks[kind][applies] = True
    onsite = (rng.random(tenders.size) < 0.05)[t] & (rng.random(n) < 0.6)
    centre = CENTRE + COUNTY_PREFECTURE[tenders.county[t]]
    made.upload[onsite] = (centre * 4 + rng.integers(0, 4, n))[onsite]
    made.line[onsite] = centre[onsite]
    marks["centre_device"][onsite] = True
    escrow = rng.random(n) < 0.12
    made.account[escrow] = PLATFORM + rng.integers(0, N_PLATFORMS, int(escrow.sum()))
    marks["platform_account"][escrow] = True
    copied = works & (rng.random(tenders.size) < 0.04)[t] & (rng.random(n) < 0.5)
    made.lock[copied] = (AGENCY + tenders.agency[t])[copied]
    marks["buyer_file"][copied] = True
    joint = works & (rng.random(tenders.size) < 0.06)[t] & (bids.spare[t] >= 0)
    joint &= np.r_[True, t[1:] != t[:-1]]
    made.partner[joint] = bids.spare[t][joint]
    marks["consortium"][joint] = True


def _careless(rng: np.random.Generator, bids: Bids, rings: Rings, made: Traces) -> None:
    """Rings share what their carelessness allows, in some tenders and among some members."""
    t, ring, size = bids.tender, bids.ring, int(bids.tender.max()) + 1
    inside = ring >= 0
    drawn = rng.random((size, len(TRACES)))[t] < 0.6
    wish = inside[:, None] & rings.careless[ring] & drawn & (rng.random((ring.size, len(TRACES))) < 0.8)
    for k in range(len(TRACES)):
        made.left[:, k] = wish[:, k] & (totals(t, wish[:, k], size) >= 2)[t]
    kin = inside & (rings.kinship[ring] > 0) & (bids.seat < 2)
    made.left[:, len(TRACES)] = kin & (totals(t, kin, size) >= 2)[t]
    shared = RING + ring
    device, lock, account, people, network = made.left.T[: len(TRACES)]
    made.author[device] = (shared * 32)[device]
    made.lock[lock] = shared[lock]
    made.account[account] = shared[account]
    by_agent = (rng.random(size) < 0.6)[t]
    made.agent[people & by_agent] = (shared * 64)[people & by_agent]
    made.manager[people & ~by_agent] = (shared * 64 + 1)[people & ~by_agent]
    made.line[network] = (shared * 64 + rng.integers(0, 3, size)[t])[network]
    swaps = inside & (rings.scheme[ring] == SWAP)
    turn = rng.integers(0, 6, size)[t]
    made.author[swaps] = (shared * 32 + 8 + (bids.seat + turn) % 6)[swaps]
    own_upload = device | swaps
    made.upload[own_upload] = made.author[own_upload] + 16 * (rng.random(size) < 0.3)[t][own_upload]
    for marks, changed in (
        (("carrier_network", "agency_network", "park_network"), network),
        (("platform_account",), account),
        (("buyer_file",), lock),
    ):
        made.alike[np.ix_(changed, [LOOKALIKES.index(m) for m in marks])] = False


def is_works(tenders: Tenders) -> Bools:
    """Whether bids come with a priced bill and so with a pricing-software lock."""
    return np.asarray(np.array([c.works for c in CATEGORIES])[tenders.category], np.bool_)


def serves(agency: Ints) -> Bools:
    """A fifth of the agencies let bidders upload from their office."""
    return np.asarray(agency % 5 == 1)
