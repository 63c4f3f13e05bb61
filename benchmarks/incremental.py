"""How long one closed tender takes against a long history, and what a full run takes.

    python -m benchmarks.incremental --bids 100000 1000000
    python -m benchmarks.incremental --bids 1000000 --keep /var/tmp/bench    # made once, used again

A market of so many bids is simulated, imported and scored in full; then single tenders, drawn by a seed from
those that closed last, are scored as `bidlens score --tender` does. `score` is the work inside a process that
runs already (the aim: median 150 ms, p95 300 ms), of which `read` is finding the records, and `100 at once` a
batch of that size; `cold` is the whole command, started anew and laid on the desk (aim: 3 s). `again` is what
the first such run after an import takes to bring sorted copies and histories up to date, `anew` what it
takes to make them at first. `cpu` are seconds of processor time over all threads: on a busy machine they say
more than the clock.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.costs import kept, machine, measure, python
from detect.incremental import Base, Source, base_of, needed, score_some
from detect.kept import save
from detect.parties import PARTY_GRAINS
from detect.rule import all_rules
from detect.score import score
from models.registry import DEFAULT
from models.scorer import make
from records.simulate import into_store
from records.source import UNREADABLE, Raw
from records.store import Store
from records.workspace import INDEX

BIDS_OF_TENDER = 6
RECENT = 500
COLD = 5


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--bids", type=int, nargs="+", default=[100_000])
    asked.add_argument("--tenders", type=int, default=30, help="how many are scored one by one")
    asked.add_argument("--batch", type=int, nargs="*", default=[10, 100, 500], help="how many at once")
    asked.add_argument("--seed", type=int, default=5)
    asked.add_argument("--keep", type=Path, help="folder of workspaces that stay")
    given = asked.parse_args()
    print(f"{machine()}, Polars {pl.__version__}, load {os.getloadavg()[0]:.1f} at the start")
    for bids in given.bids:
        with kept(given.keep) as folder:
            print(json.dumps(measured(folder / str(bids), bids, given)), flush=True)


def measured(workspace: Path, bids: int, given: argparse.Namespace) -> dict[str, Any]:
    """All figures of one size, in seconds."""
    made: dict[str, float] = {}
    if not workspace.exists():
        made["import"] = _timed(lambda: into_store(workspace, bids // BIDS_OF_TENDER, given.seed))
    store = Store(workspace)
    if not (workspace / "runs" / "latest").exists():
        made["full run"] = _timed(lambda: _full(store))
    if not (workspace / INDEX).exists():
        made["anew"] = _timed(lambda: Source.of_store(store))
    base = base_of(workspace)
    made["again"] = _timed(lambda: _again(store))
    ids = _closed_last(store, given.tenders, given.seed)
    source = Source.of_store(store)
    _score(source, base, ids[:1])
    before = time.process_time()
    score_times = [_timed(partial(_score, source, base, [one])) for one in ids]
    cpu = (time.process_time() - before) / len(ids)
    read_times = _read(source, base, ids)
    command = python("bidlens", "score", "-w", workspace.resolve(), "--tender")
    cold = [measure([*command, one], workspace / "out") for one in ids[:COLD]]
    market = store.market()
    return {
        "bids": market.bids.select(pl.len()).collect().item(),
        "tenders": market.tenders.select(pl.len()).collect().item(),
        "identifiers": market.identifiers.select(pl.len()).collect().item(),
        **{name: round(value, 1) for name, value in made.items()},
        **_told("score", score_times),
        "score cpu mean": round(cpu, 2),
        **_batches(source, base, [_closed_last(store, n, given.seed) for n in given.batch]),
        **_told("read", read_times),
        **_told("cold", [cost.wall for cost in cold]),
        "cold cpu mean": round(statistics.mean(cost.cpu for cost in cold), 2),
        "cold peak MB": round(max(cost.peak_mb for cost in cold)),
    }


def _read(source: Source, base: Base, ids: list[str]) -> list[float]:
    rules = [r for r in all_rules().values() if r.grain not in PARTY_GRAINS]
    reads = needed(rules, () if base.scorer is None else base.scorer.inputs)
    return [_timed(partial(source.part, [one], reads)) for one in ids]


def _score(source: Source, base: Base, tenders: list[str]) -> None:
    score_some(source, tenders, base, scorer=base.scorer)


def _batches(source: Source, base: Base, batches: list[list[str]]) -> dict[str, float]:
    """What many tenders at once take."""
    told = {}
    for batch in batches:
        before = time.process_time()
        told[f"{len(batch)} at once"] = round(_timed(partial(_score, source, base, batch)), 1)
        told[f"{len(batch)} at once cpu"] = round(time.process_time() - before, 1)
    return told


def _full(store: Store) -> None:
    run = score(store.market(), scorer=make(DEFAULT), fit=True, records_version=store.version)
    save(run, store.path)


def _again(store: Store) -> None:
    """An import of one new tender, and what it takes to find it."""
    new = pl.DataFrame({"tender_id": [f"new-{store.version}"], "buyer_id": ["B"]})
    store.take("benchmark", [Raw({"tenders": new}, pl.DataFrame(schema=UNREADABLE))], version=store.version)
    Source.of_store(store)


def _closed_last(store: Store, n: int, seed: int) -> list[str]:
    closed = store.market().tenders.filter(pl.col("deadline_at").is_not_null())
    last = closed.sort("deadline_at").tail(RECENT).select("tender_id").collect()["tender_id"]
    return list(last.sample(min(n, len(last)), seed=seed))


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _told(name: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{name} median": round(statistics.median(seconds), 3),
        f"{name} p95": round(float(np.quantile(seconds, 0.95)), 3),
        f"{name} least": round(min(seconds), 3),
    }


if __name__ == "__main__":
    main()
