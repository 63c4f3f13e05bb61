"""Committees of experts: drawn at random from the list of a speciality, now and then one replaced."""

import numpy as np
import polars as pl

from records.simulation.arrays import Ints, below, digits, mix, text
from records.simulation.awards import EXPERTS
from records.simulation.frames import instants, recorded
from records.simulation.places import CATEGORIES, FIXED, SCORED
from records.simulation.play import Step, World
from records.simulation.tenders import HOUR

_MINUTE = HOUR // 60


def pool_size(total: int) -> int:
    """Experts on the province's list in a market of so many tenders."""
    return max(60, total // 40)


def drawn_experts(world: World, numbers: Ints) -> Ints:
    """Six different experts per tender (tenders, EXPERTS + 1), as places in the list; the last is a spare."""
    pool = pool_size(world.total)
    places = np.empty((numbers.size, EXPERTS + 1), np.int64)
    for seat in range(EXPERTS + 1):
        place = below(mix(world.seed, numbers, 51 + seat), pool - seat)
        for taken in np.sort(places[:, :seat], axis=1).T:
            place += place >= taken
        places[:, seat] = place
    return places


def expert_ids(places: Ints) -> pl.Series:
    """Codes of experts."""
    return text("X62", digits(places, 6))


def panels_frame(world: World, step: Step, ids: pl.Series) -> pl.DataFrame:
    """Table `panels`: who sat where offers are scored, and in one tender of twelve who could not come."""
    t = step.tenders
    rows = np.flatnonzero(np.isin(t.mechanism, (SCORED, FIXED)))
    places = drawn_experts(world, t.number[rows])
    chance = mix(world.seed, t.number[rows], 61)
    absent = below(chance, 12) == 0
    seat = np.tile(np.arange(EXPERTS + 1), rows.size)
    tender = np.repeat(np.arange(rows.size), EXPERTS + 1)
    listed = (seat < EXPERTS) | absent[tender]
    tender, seat = tender[listed], seat[listed]
    begun = t.deadline[rows] + HOUR
    drawn = begun - HOUR - below(chance >> np.uint64(8), 12) * HOUR
    minutes = (
        60 + 25 * np.bincount(step.bids.tender, minlength=t.size)[rows] + below(chance >> np.uint64(16), 40)
    )
    sat = seat < EXPERTS
    times = {"started_at": begun[tender], "finished_at": (begun + minutes * _MINUTE)[tender]}
    frame = pl.DataFrame(
        {
            "tender_id": ids.gather(rows[tender]),
            "expert_id": expert_ids(places[tender, seat]),
            "role": pl.repeat("expert", tender.size, eager=True),
            "speciality": pl.Series([c.en for c in CATEGORIES]).gather(t.category[rows[tender]]),
            "pool_size": pl.repeat(pool_size(world.total), tender.size, eager=True, dtype=pl.Int32),
            "draw_round": pl.Series(np.where(absent[tender] & (seat == 0), 2, 1)).cast(pl.Int32),
            "draw_rank": pl.Series(places[tender, seat] + 1).cast(pl.Int32),
            "drawn_at": instants(drawn[tender]),
            "replaced": ~sat,
            **{c: instants(v).zip_with(pl.Series(sat), pl.Series([None], dtype=pl.Datetime("us", "UTC")))
               for c, v in times.items()},
        }
    )  # fmt: skip
    return recorded(frame, "panels", "tender_id")
