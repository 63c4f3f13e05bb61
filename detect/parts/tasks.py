"""The tasks of a run in parts. Each reads records and what earlier tasks left, and leaves a folder of files.

* `rows`: one table, its rows split by part.
* `histories`: what parts cannot make of their own rows, made of the whole market and split by part.
* `part`: the verdicts on a part's tenders.
* `parties`: the verdicts on one grain of parties, made of the whole market.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import polars as pl

import features
from detect.exclusions import judged
from detect.frames import without_explained
from detect.incremental import needed
from detect.parties import PARTY_GRAINS, PartyVerdicts, judge_parties, party_rows
from detect.parts.work import Task, Work
from detect.run import Verdicts, judge
from detect.score import CONTEXT
from features.build import Build
from features.catalogue import CATALOGUE, Grain
from features.needs import Needs
from features.parting import (
    FACTS,
    OF_TENDER,
    after_exclusions,
    histories,
    market_of_part,
    parts_of,
    rows_of_all,
    rows_of_part,
    split,
)
from records.discovery import discover

PARTS = "parts.parquet"
TRACES, REST, AFTER = "traces", "rest", "after"
"""What reads identifiers, what does not, and the first as it is after exclusions."""

OF_PART = ("states", "hits", "facts", "excused", "missing", "tenders")
_WORTH = ("deadline_at", "ceiling", "lowest_bid")
"""Columns of tenders that the queue and the list of parties read beside their context."""


def prepare(work: Work, size: int) -> int:
    """Decide once which tender belongs to which part, and tell how many parts there are."""
    file = work.folder / PARTS
    if not file.exists():
        draft = file.with_suffix(".draft")
        parts_of(work.market, size).write_parquet(draft)
        draft.rename(file)
    return int((pl.scan_parquet(file).select(pl.col("part").max()).collect().item() or 0) + 1)


def stages(work: Work) -> tuple[list[Task], list[Task]]:
    """Tasks that need the records alone, and tasks that need those to be done; the longest first.

    The parts themselves come with `part_tasks`.
    """
    waiting = {grain for grain in PARTY_GRAINS if _reads_facts(grain)}
    tables = [Task("rows", name) for name in OF_TENDER if name in _needs(work).tables]
    early = [Task("parties", grain.value) for grain in PARTY_GRAINS if grain not in waiting]
    first = [Task("histories", TRACES), Task("histories", REST), *early, *tables]
    return first, [Task("parties", Grain.GROUP.value), *(
        Task("parties", g.value) for g in PARTY_GRAINS if g in waiting - {Grain.GROUP}
    )]  # fmt: skip


SHARES = {
    Task("histories", TRACES): 0.23, Task("histories", REST): 0.08, Task("parties", Grain.GROUP.value): 0.28,
    Task("parties", Grain.BIDDER.value): 0.1, Task("parties", Grain.PAIR.value): 0.07,
}  # fmt: skip
"""Shares of the processor time that some tasks took of a simulated market; see `share`."""


def share(task: Task, n_parts: int) -> float:
    """About which share of all work a task is, to tell how long the rest will take."""
    return SHARES.get(task, 0.22 / n_parts if task.kind == "part" else 0.002)


def make(work: Work, task: Task) -> None:
    """Do a task, unless it is done."""
    if work.missing([task]):
        draft = work.draft()
        MAKERS[task.kind](work, task.name, draft)
        work.keep(draft, task)


def _rows(work: Work, table: str, folder: Path) -> None:
    split(work.market.to_dict()[table], _parts(work), folder / table)


def _histories(work: Work, name: str, folder: Path) -> None:
    traces, rest = histories(_needs(work))
    market = work.market
    build, parts = Build(market), _parts(work)
    for block in rest if name == REST else (*FACTS, *traces):
        split(build.table(block), parts, folder / block)
    if name == TRACES:
        shared, crossed = (judged(build.table(f), market.relations).collect() for f in FACTS)
        net = without_explained(build, shared, crossed)
        for block in after_exclusions(traces):
            split(net.table(block), parts, folder / AFTER / block)


def _part(work: Work, name: str, folder: Path) -> None:
    part = int(name)
    tables = {task.name: work.place(task) / task.name for task in stages(work)[0] if task.kind == "rows"}
    market = market_of_part(work.market, tables, part)
    asked = _parts(work).filter(pl.col("part") == part).select("tender_id").collect()
    traces, rest = (work.place(Task("histories", group)) for group in (TRACES, REST))
    known = {**_of_part(traces, part), **_of_part(rest, part)}
    build = Build(market, known, asked=asked.lazy(), needs=_needs(work))
    own = [r for r in work.rules if r.grain not in PARTY_GRAINS]
    verdicts = judge(market, own, build, _of_part(traces / AFTER, part))
    kept = list(dict.fromkeys(["tender_id", *CONTEXT, *_WORTH, *work.inputs]))
    for frame in OF_PART:
        rows = verdicts.tenders.select(kept) if frame == "tenders" else getattr(verdicts, frame)
        rows.write_parquet(folder / f"{frame}.parquet")


def _parties(work: Work, name: str, folder: Path) -> None:
    grain = Grain(name)
    build = whole(work) if _reads_facts(grain) else Build(work.market)
    own = [r for r in work.rules if r.grain == grain]
    verdicts = judge_parties(build, {grain: party_rows(build, grain, own)}, own)
    for field in fields(PartyVerdicts):
        getattr(verdicts, field.name).write_parquet(folder / f"{field.name}.parquet")


def whole(work: Work) -> Build:
    """A build of the whole market with the shared values that no exclusion explains."""
    traces, market = work.place(Task("histories", TRACES)), work.market
    build = Build(market, {f: rows_of_all(traces / f) for f in FACTS})
    shared, crossed = (judged(build.table(f), market.relations).collect() for f in FACTS)
    return without_explained(build, shared, crossed)


MAKERS: Mapping[str, Callable[[Work, str, Path], None]] = {
    "rows": _rows,
    "histories": _histories,
    "part": _part,
    "parties": _parties,
}


def joined(work: Work, n_parts: int) -> Verdicts:
    """The verdicts of all tasks together, as `detect.run.judge` gives them."""
    folders = [work.place(Task("part", str(n))) for n in range(n_parts)]
    of = {f: _read([folder / f"{f}.parquet" for folder in folders]) for f in OF_PART}
    of["missing"] = _added(of["missing"])
    return Verdicts(**of, parties=_joined_parties(work))


def _joined_parties(work: Work) -> PartyVerdicts:
    folders = [work.place(Task("parties", grain.value)) for grain in PARTY_GRAINS]
    return PartyVerdicts(
        **{f.name: _read([g / f"{f.name}.parquet" for g in folders]) for f in fields(PartyVerdicts)}
    )


def _read(files: list[Path]) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(file) for file in files])


def _added(missing: pl.DataFrame) -> pl.DataFrame:
    return missing.group_by("rule_id", "column", maintain_order=True).agg(pl.col("n").sum())


def _parts(work: Work) -> pl.LazyFrame:
    return pl.scan_parquet(work.folder / PARTS)


def _of_part(folder: Path, part: int) -> dict[str, pl.LazyFrame]:
    """What was split of one part, by name."""
    names = [p.name for p in folder.iterdir() if p.is_dir() and p.name != AFTER] if folder.is_dir() else []
    return {name: rows_of_part(folder / name, part) for name in names}


def _needs(work: Work) -> Needs:
    own = [r for r in work.rules if r.grain not in PARTY_GRAINS]
    return needed(own, work.inputs)


def _reads_facts(grain: Grain) -> bool:
    discover(features)
    blocks = [b.name for b in CATALOGUE.blocks.values() if b.grain == grain and not b.on_demand]
    return bool(set(after_exclusions(blocks)))


def inputs_of_score(inputs: tuple[str, ...]) -> list[str]:
    """Those of a scorer's inputs that belong to the frame of tenders in any case."""
    extra = {c for n in CATALOGUE.on_demand(Grain.TENDER).values() for c in n.columns}
    return [c for c in inputs if c in CATALOGUE.columns(Grain.TENDER) and c not in extra]
