"""What judging costs once features are there: `python -m benchmarks.judging --tenders 1000000`.

A simulated market's frames are repeated under new tender ids until there are enough tenders, since features
of a million take a quarter of an hour's processor time. Repeated rows are no new market, but each is judged,
and each hit gets its evidence. Rules about parties are left out: they judge some thousands of rows.
"""

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from benchmarks.costs import machine
from detect.frames import Frames, prepared
from detect.parties import PARTY_GRAINS
from detect.rule import all_rules
from detect.run import judge_frames
from features.catalogue import Grain
from records.simulate import into_store
from records.store import Store


class Judged(NamedTuple):
    """Rows that were judged, findings, processor seconds of features of one part and of rules on all."""

    tenders: int
    bids: int
    ties: int
    hits: int
    features_s: float
    rules_s: float


def judged(tenders: int, part: int, seed: int) -> Judged:
    """Judge a market of `part` tenders, repeated until there are at least `tenders`."""
    rules = [r for r in all_rules().values() if r.grain not in PARTY_GRAINS]
    with TemporaryDirectory() as folder:
        into_store(Path(folder), part, seed)
        begun = time.process_time()
        frames = prepared(Store(Path(folder)).market(), rules)
        made = time.process_time()
        many = repeated(frames, -(-tenders // part))
        start = time.process_time()
        found = judge_frames(many, rules)
        end = time.process_time()
    tenders, bids, ties = (many.rows[grain].height for grain in (Grain.TENDER, Grain.BID, Grain.TIE))
    return Judged(tenders, bids, ties, found.hits.height, made - begun, end - start)


def repeated(frames: Frames, times: int) -> Frames:
    """The frames with every tender so many times, each under an id of its own."""

    def again(frame: pl.DataFrame) -> pl.DataFrame:
        new = (pl.format("{}#{}", "tender_id", pl.lit(i)).alias("tender_id") for i in range(times))
        return pl.concat([frame.with_columns(each) for each in new])

    rows = {grain: again(frame) for grain, frame in frames.rows.items()}
    return frames._replace(rows=rows, raw_ties=again(frames.raw_ties), unlisted=again(frames.unlisted))


def main() -> None:
    """Print one row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tenders", type=int, default=1_000_000)
    parser.add_argument("--part", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=901)
    asked = parser.parse_args()
    found = judged(asked.tenders, asked.part, asked.seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(machine())
    print(f"{found.tenders:,} tenders, {found.bids:,} bids, {found.ties:,} ties: {found.hits:,} findings")
    print(f"rules {found.rules_s:.1f} processor s, peak {peak:.1f} GB")
    print(f"features of one part of {asked.part:,}: {found.features_s:.1f} processor s")


if __name__ == "__main__":
    main()
