"""A provincial market with planted rings, innocent look-alikes and, if asked, data defects.

Everybody and everything in it is fictitious; see `records.simulation.codes` for why no code can be
a real party's. The same arguments give the same rows, however they are cut into chunks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from records.landing import Progress
from records.report import ImportReport
from records.simulation.awards import EXPERTS
from records.simulation.defects import spoil
from records.simulation.frames import (
    awards_frame,
    bids_frame,
    contracts_frame,
    marks_frame,
    members_frame,
    tender_ids,
    tenders_frame,
)
from records.simulation.identifiers import bid_identifiers, lookalike_frame, truth_frame
from records.simulation.names import Parties, parties
from records.simulation.panels import drawn_experts, expert_ids, panels_frame
from records.simulation.parties import (
    bidders_frame,
    firm_identifiers,
    known_frame,
    relations_frame,
    ring_members,
)
from records.simulation.play import Step, World, make_world, play, stack
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store, quiet

RING_SHARE = 0.07
"""Share of tenders in which a ring acts, unless asked otherwise."""
SAMPLE_TENDERS, SAMPLE_SEED, SAMPLE_DEFECTS = 600, 62, 0.01


@dataclass(frozen=True)
class Simulated:
    """A chunk of a simulated market, with its ground truth, which scoring never reads.

    * `raw`: tables as a reader gives them; identifiers and known values carry `value`.
    * `truth`: tenders in which a ring acted: `tender_id, ring_id, scheme, has_traces, traces, chosen,
      n_members`.
    * `members`: `ring_id, scheme, bidder_id, seat, from, to`; all of them in the first chunk.
    * `lookalikes`: `tender_id, kind` of the innocent look-alikes.
    """

    raw: Raw
    truth: pl.DataFrame
    members: pl.DataFrame
    lookalikes: pl.DataFrame


def simulate(
    tenders: int = 600,
    seed: int = 1,
    rings: bool = True,
    lookalikes: bool = True,
    defects: float = 0.0,
    chunk: int = 50_000,
    ring_share: float = RING_SHARE,
) -> Iterator[Simulated]:
    """Make a market of so many tenders, in calendar order, `chunk` or a little more at a time.

    The first chunk brings the tables that stand before any tender: bidders, relations, known values.
    `defects` is the share of rows that a careless source would have spoilt.

    Raises:
        BadInput: fewer than 100 or more than 4,000,000 tenders, or a share outside [0, 0.5].

    >>> first = next(simulate(tenders=120, seed=3))
    >>> first.raw.tables["tenders"].height, sorted(set(first.truth["scheme"]))[:2]
    (120, ['buyer', 'cover'])

    """
    if not 100 <= tenders <= 4_000_000:
        raise BadInput(f"No market of {tenders:,} tenders", "tenders", "Ask for 100 to 4,000,000.")
    for name, share in (("defects", defects), ("ring_share", ring_share)):
        if not 0 <= share <= 0.5:
            raise BadInput(f"{share} is no possible share", name, "Give a number from 0 to 0.5.")
    return _chunks(make_world(tenders, seed, ring_share if rings else 0.0, lookalikes), defects, chunk)


def _chunks(world: World, defects: float, chunk: int) -> Iterator[Simulated]:
    names = parties(world.seed, world.firms, world.buyers, defects)
    waiting: list[Step] = []
    first = True
    for step in play(world):
        waiting.append(step)
        if sum(s.tenders.size for s in waiting) >= chunk:
            yield _chunk(world, names, stack(waiting), first, defects)
            waiting, first = [], False
    if waiting:
        yield _chunk(world, names, stack(waiting), first, defects)


def _chunk(world: World, names: Parties, step: Step, first: bool, defects: float) -> Simulated:
    ids = tender_ids(step)
    tenders, bids = tenders_frame(step, names, ids), bids_frame(step, names, ids)
    awards = awards_frame(tenders, bids)
    experts = expert_ids(drawn_experts(world, step.tenders.number)[:, :EXPERTS].ravel())
    tables = {
        "tenders": tenders,
        "bids": bids,
        "consortium_members": members_frame(step, names, bids),
        "identifiers": bid_identifiers(world, step, names, bids),
        "panels": panels_frame(world, step, ids),
        "expert_scores": marks_frame(step, bids, experts),
        "awards": awards,
        "contracts": contracts_frame(awards, step),
    }
    members = ring_members(world, names)
    if first:
        tables["bidders"] = bidders_frame(world, names)
        tables["relations"] = relations_frame(world, names)
        tables["identifiers"] = pl.concat(
            [firm_identifiers(world, names), tables["identifiers"]], how="diagonal"
        )
        if world.lookalikes:
            tables["known_values"] = known_frame(world)
    truth, alike = truth_frame(world, step, names, bids), lookalike_frame(step, bids)
    raw = Raw(spoil(tables, world.seed, step, defects), pl.DataFrame(schema=UNREADABLE))
    return Simulated(raw, truth, members if first else members.clear(), alike)


def into_store(
    workspace: Path | str,
    tenders: int = 600,
    seed: int = 1,
    rings: bool = True,
    lookalikes: bool = True,
    defects: float = 0.0,
    progress: Progress = quiet,
) -> ImportReport:
    """Make a market and import it into a workspace, as a file would be; the same market only once.

    The ground truth goes to the workspace's folder `truth`, beside the records, never into them.

    Raises:
        BadInput: no such market (see `simulate`), or the workspace cannot be used.

    """
    chunks = simulate(tenders, seed, rings, lookalikes, defects)
    truth: dict[str, list[pl.DataFrame]] = {"tenders": [], "members": [], "lookalikes": []}

    def watched() -> Iterator[Raw]:
        for made in chunks:
            for name, frame in _truth(made).items():
                truth[name].append(frame)
            yield made.raw

    asked = {"tenders": tenders, "seed": seed, "rings": rings, "lookalikes": lookalikes, "defects": defects}
    report = Store.open_or_create(workspace).take("simulated", watched(), progress=progress, **asked)
    if not report.already_imported:
        _write({name: pl.concat(frames) for name, frames in truth.items()}, Path(workspace) / "truth")
    return report


def write_sample(folder: Path) -> None:
    """Make `data/sample` anew: one Parquet file per table, ground truth in the subfolder `truth`.

    Identifiers keep their raw `value`, all fictitious, so that importing the sample hashes them.
    """
    (made,) = simulate(SAMPLE_TENDERS, SAMPLE_SEED, defects=SAMPLE_DEFECTS)
    _write(made.raw.tables, folder)
    _write(_truth(made), folder / "truth")


def _truth(made: Simulated) -> dict[str, pl.DataFrame]:
    return {"tenders": made.truth, "members": made.members, "lookalikes": made.lookalikes}


def _write(frames: dict[str, pl.DataFrame], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd", statistics=False)
