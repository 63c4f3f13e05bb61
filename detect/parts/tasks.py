"""The tasks of a run in parts. Each reads records and what earlier tasks left, and leaves a folder of files.

* `rows`: one table, its rows split by part.
* `frames`: frames of the whole market that many other tasks read.
* `facts`: the values that bidders of a part's tenders share, with the exclusion that explains them.
* `histories`: what parts cannot make of their own rows, made of the whole market and split by part.
* `part`: the verdicts on a part's tenders.
* `parties`: the verdicts on one grain of parties, made of the whole market.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import polars as pl

import features
from detect.exclusions import judged
from detect.incremental import needed
from detect.others import frames_of
from detect.parties import PARTY_GRAINS, PartyVerdicts, judge_parties, party_rows
from detect.parts.work import Task, Work
from detect.run import Verdicts, judge
from detect.score import CONTEXT
from features import scratch
from features.build import Build
from features.catalogue import CATALOGUE, Grain
from features.needs import Needs
from features.parting import (
    FACTS,
    HOLDERS,
    OF_TENDER,
    SHOWN,
    histories,
    market_of_part,
    parts_of,
    rest_on_facts,
    rows_of_part,
    split,
)
from models.frame import grain_frame
from models.scorer import Scorer
from records.discovery import discover
from records.tables import Market

PARTS = "parts.parquet"
TIES, TRACES, REST = "ties", "traces", "rest"
"""The tasks of `features.parting.Histories`."""

AFTER = "after"
"""Histories that rest on shared values, those left out that an exclusion explains."""

FRAMES = {
    "entries": ("ordered_bids", "entrants", "bidder_codes", "tender_codes", "entries"),
    SHOWN: ("coded_identifiers", "repeated_values", "repeated_identifiers", SHOWN, *HOLDERS),
}
"""The frames of each such task; the second reads the first."""

MODELLED = "modelled.parquet"
"""What models of groups read."""

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


def stages(work: Work, n_parts: int) -> list[list[Task]]:
    """All tasks; those of one stage need the stages before to be done. The longest of a stage come first."""
    tables = [Task("rows", name) for name in OF_TENDER if name in _needs(work).tables]
    early = [task for task in tables if task.name != "identifiers"]
    parties: dict[bool, list[Task]] = {False: [], True: []}
    for grain in PARTY_GRAINS:
        parties[_reads_facts(grain)].append(Task("parties", grain.value))
    parts = [str(n) for n in range(n_parts)]
    steps = [
        [Task("frames", "entries"), *early],
        [Task("frames", SHOWN), Task("histories", REST), *(task for task in tables if task not in early)],
        [Task("histories", TRACES), *(Task("facts", n) for n in parts), *parties[False]],
        [Task("histories", TIES), *parties[True]],
        [Task("part", n) for n in parts],
    ]
    return [sorted(tasks, key=lambda task: -share(task, n_parts)) for tasks in steps]


SHARES = {
    Task("rows", "identifiers"): 0.03, Task("frames", SHOWN): 0.06, Task("histories", REST): 0.07,
    Task("histories", TRACES): 0.02, Task("histories", TIES): 0.06,
    Task("parties", Grain.GROUP.value): 0.16, Task("parties", Grain.BIDDER.value): 0.15,
    Task("parties", Grain.PAIR.value): 0.07, Task("parties", Grain.BUYER.value): 0.012,
    Task("parties", Grain.EXPERT.value): 0.03, Task("parties", Grain.MARKET.value): 0.01,
}  # fmt: skip
OF_PARTS = {"facts": 0.12, "part": 0.14}
"""Shares of the processor time of two million simulated tenders, of parts all together; see `share`."""


def share(task: Task, n_parts: int) -> float:
    """About which share of all work a task is, to tell how long the rest will take."""
    return SHARES.get(task, OF_PARTS[task.kind] / n_parts if task.kind in OF_PARTS else 0.002)


def make(work: Work, task: Task) -> None:
    """Do a task, unless it is done."""
    if work.missing([task]):
        draft = work.draft()
        with scratch.within(draft):
            MAKERS[task.kind](work, task.name, draft)
        work.keep(draft, task)


def _rows(work: Work, table: str, folder: Path) -> None:
    split(work.market.to_dict()[table], _parts(work), folder / table)


def _frames(work: Work, name: str, folder: Path) -> None:
    build = _build(work)
    for frame in FRAMES[name]:
        build.sink(frame, folder / frame)


def _facts(work: Work, name: str, folder: Path) -> None:
    market = _market_of(work, int(name))
    counted = {name: frame for name, frame in _made(work).items() if name in HOLDERS}
    build = Build(market, counted)
    for fact in FACTS:
        shared = build.table(fact)
        told = judged(shared, market.relations).select(*shared.collect_schema(), "exclusion")
        told.collect().write_parquet(folder / f"{fact}.parquet")


def _histories(work: Work, name: str, folder: Path) -> None:
    blocks = histories(_needs(work))._asdict()[name]
    parts = _parts(work)
    build = _build(work, _all_facts(work) if name == TIES else {})
    for block in blocks:
        split(build.table(block), parts, folder / block)
    if name == TIES:
        net = _without_explained(build, work)
        for block in blocks:
            split(net.table(block), parts, folder / AFTER / block)


def _part(work: Work, name: str, folder: Path) -> None:
    part = int(name)
    market = _market_of(work, part)
    asked = _parts(work).filter(pl.col("part") == part).select("tender_id").collect()
    made = [work.place(Task("histories", group)) for group in (TIES, TRACES, REST)]
    known = {name: rows for place in made for name, rows in _of_part(place, part).items()}
    facts = work.place(Task("facts", name))
    known |= {fact: pl.scan_parquet(facts / f"{fact}.parquet").drop("exclusion") for fact in FACTS}
    build = Build(market, known, asked=asked.lazy(), needs=_needs(work))
    own = [r for r in work.rules if r.grain not in PARTY_GRAINS]
    verdicts = judge(market, own, build, _of_part(made[0] / AFTER, part))
    kept = list(dict.fromkeys(["tender_id", *CONTEXT, *_WORTH, *work.inputs]))
    for frame in OF_PART:
        rows = verdicts.tenders.select(kept) if frame == "tenders" else getattr(verdicts, frame)
        rows.write_parquet(folder / f"{frame}.parquet")


def _parties(work: Work, name: str, folder: Path) -> None:
    grain = Grain(name)
    build = _whole(work) if _reads_facts(grain) else _build(work)
    own = [r for r in work.rules if r.grain == grain]
    verdicts = judge_parties(build, {grain: party_rows(build, grain, own)}, own)
    for field in fields(PartyVerdicts):
        getattr(verdicts, field.name).write_parquet(folder / f"{field.name}.parquet")
    if work.models_of_groups and grain == Grain.GROUP:
        grain_frame(build, grain).write_parquet(folder / MODELLED)


def rows_of_models(work: Work, scorers: Sequence[Scorer]) -> dict[Grain, pl.DataFrame]:
    """`detect.others.frames_of` these scorers; that of groups was made beside the verdicts on them."""
    others = [s for s in scorers if s.grain != Grain.GROUP]
    frames = frames_of(_whole(work), others)
    if len(others) < len(scorers):
        made = work.place(Task("parties", Grain.GROUP.value)) / MODELLED
        frames[Grain.GROUP] = pl.read_parquet(made)
    return frames


def _whole(work: Work) -> Build:
    """A build of the whole market with the shared values that no exclusion explains."""
    return _without_explained(_build(work), work)


def _without_explained(build: Build, work: Work) -> Build:
    for name, facts in _all_facts(work).items():
        build = build.replacing(name, facts.filter(pl.col("exclusion").is_null()).drop("exclusion"))
    return build


def _build(work: Work, facts: Mapping[str, pl.LazyFrame] | None = None) -> Build:
    """A build of the whole market with what earlier tasks made."""
    plain = {name: rows.drop("exclusion") for name, rows in (facts or {}).items()}
    return Build(work.market, _made(work) | plain)


def _made(work: Work) -> dict[str, pl.LazyFrame]:
    """The frames of the whole market that are done."""
    done = (work.place(Task("frames", name)) for name in FRAMES)
    return {frame.name: pl.scan_parquet(frame / "*.parquet") for folder in done for frame in folder.glob("*")}


def _all_facts(work: Work) -> dict[str, pl.LazyFrame]:
    """The facts of all parts, judged."""
    return {fact: pl.scan_parquet(work.folder / "facts" / "*" / f"{fact}.parquet") for fact in FACTS}


MAKERS: Mapping[str, Callable[[Work, str, Path], None]] = {
    "rows": _rows,
    "frames": _frames,
    "facts": _facts,
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


def _market_of(work: Work, part: int) -> Market:
    tables = {table: work.place(Task("rows", table)) / table for table in OF_TENDER}
    return market_of_part(work.market, {t: folder for t, folder in tables.items() if folder.is_dir()}, part)


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
    return rest_on_facts(blocks)


def inputs_of_score(inputs: tuple[str, ...]) -> list[str]:
    """Those of a scorer's inputs that belong to the frame of tenders in any case."""
    extra = {c for n in CATALOGUE.on_demand(Grain.TENDER).values() for c in n.columns}
    return [c for c in inputs if c in CATALOGUE.columns(Grain.TENDER) and c not in extra]
