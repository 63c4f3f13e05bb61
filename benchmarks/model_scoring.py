"""What it costs to score tenders with a champion from the registry, reasons for the alerts included.

Run: `python -m benchmarks.model_scoring --tenders 1000000`

Features are given, drawn at random: lognormal screens that share a factor, a tenth of the values unknown,
mechanisms and numbers of bids as mixed as in a province, and the hits of 90 rules for the stack. A model is
fitted on 20,000 such tenders with 2,000 labels, put on record, loaded as the champion and timed over all
tenders: percentiles, probabilities, verdicts, and reasons for the tenders above the model's own limit (the
first tenth for unsupervised models, the first hundredth for the others). Each model runs in a process of its
own; processor seconds, wall seconds and the process's peak of memory.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.costs import machine
from features.catalogue import Grain
from models.champion import load_champion
from models.labels import LABEL, SELECTION, UNIT, WEIGHT
from models.registry import train
from models.scorer import HIT, all_models, make

LEARNED, LABELLED, RULES, UNKNOWN = 20_000, 2_000, 90, 0.1
MECHANISMS = ("lowest", "weighted_mean", "scored", None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tenders", type=int, default=1_000_000)
    parser.add_argument("--models", nargs="+", default=sorted(all_models(Grain.TENDER)))
    asked = parser.parse_args()
    print(machine())
    print(f"{'model':<18} {'tenders':>10} {'reasons':>9} {'cpu s':>8} {'wall s':>8} {'peak GB':>8}")
    for name in asked.models:
        process = multiprocessing.get_context("spawn").Process(target=timed, args=(name, asked.tenders))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{name} could not be timed")


def timed(name: str, n: int) -> None:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        train(labelled(tenders(LEARNED, 1)), name, Path(folder))
        champion = load_champion(Path(folder))
    assert champion is not None
    frame = tenders(n, 2).select("tender_id", *champion.inputs, pl.selectors.starts_with(HIT))
    wall, cpu = time.perf_counter(), time.process_time()
    scores = champion.score(frame)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    told = scores["reasons"].is_not_null().sum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{name:<18} {n:>10,} {told:>9,} {cpu:>8.1f} {wall:>8.1f} {peak:>8.2f}", flush=True)


def tenders(n: int, seed: int) -> pl.DataFrame:
    """Feature rows that every model can read."""
    rng = np.random.default_rng(seed)
    inputs = make("stack").inputs
    common = rng.normal(size=n).astype(np.float32)
    screens = {c: _screen(common, rng) for c in inputs if c not in {"mechanism", "n_valid"}}
    hits = {f"{HIT}R{i:02}.1": rng.random(n, dtype=np.float32) < 0.02 for i in range(RULES)}
    mechanism = pl.Series(MECHANISMS).gather(rng.integers(0, len(MECHANISMS), n))
    return pl.DataFrame(
        {
            "tender_id": pl.Series(range(n)).cast(pl.String),
            "mechanism": mechanism,
            "n_valid": np.minimum(1 + rng.poisson(4, n), 40),
            **screens,
            **hits,
        }
    )


def _screen(common: np.ndarray, rng: np.random.Generator) -> pl.Series:
    drawn = np.exp(0.3 * (common + rng.normal(size=common.size)))
    return pl.Series(np.where(rng.random(common.size) < UNKNOWN, np.nan, drawn), nan_to_null=True)


def labelled(frame: pl.DataFrame) -> pl.DataFrame:
    """The first `LABELLED` tenders decided on, a tenth of them collusive, which lowers their dispersion."""
    rng = np.random.default_rng(0)
    decided = np.arange(frame.height) < LABELLED
    collusive = decided & (rng.random(frame.height) < 0.1)
    lower = pl.when(pl.Series(collusive)).then(pl.col("bid_cv") * 0.5).otherwise("bid_cv")
    return frame.with_columns(
        lower,
        pl.when(pl.Series(decided)).then(pl.Series(collusive)).alias(LABEL),
        pl.when(pl.Series(decided)).then(1.0).alias(WEIGHT),
        pl.Series(UNIT, rng.integers(0, 100, frame.height)),
        pl.lit(None, pl.Float64).alias(SELECTION),
    )


if __name__ == "__main__":
    main()
