"""Honest nulls: how every p-value behaves where nobody agrees anything.

Run: `python -m benchmarks.nulls --markets 24 --tenders 400 --runs 200`; `--page FILE` writes the report.
Columns are found by their unit, so a new one needs no entry here; a market test needs a run in `market_runs`.
Shares at or below 0.01 and 0.05 should be 0.01 and 0.05; below that is caution, above is a false alarm.
`excess` is how far the share of p-values up to any level exceeds that level at most, `distance` the same on
both sides. Rows of one market depend on each other, so errors are taken between whole markets.
"""

import argparse
from collections.abc import Iterator
from math import comb
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.competition import DESIGNS, market
from benchmarks.market_runs import RUNS
from benchmarks.nulls_page import PROBABILITY, page
from features.build import Build
from features.catalogue import CATALOGUE, Grain
from features.segments import Counts, Floats
from records.tables import Market

PERCENTILE = "share of competitive tenders"

NO_P_VALUE = {
    "tie_chance": "an upper bound of the expected number of equal pairs, compared with what is seen by Q01",
    "ratio_agreement_chance": "the chance of one repeat, an ingredient of joint_ratio_p",
    "ratio_agreement": "the chance of one repeat, an ingredient of ratio_p",
    "benford_p": "asks for 300 prices of one party over two orders of magnitude; judged by a test of its own",
    "founding_chance": "the chance of one coincidence of dates, an ingredient of rules",
}
"""Columns of unit "probability" that are chances of something yet to be compared, or judged elsewhere."""

CHOSEN = ("joint_p", "joint_q", "joint_ratio_p", "upload_gap_p", "upload_gap_p_adjusted")
"""P-values of rows that are listed for what these measure: pairs that met, ties of one ratio or one moment.

They are judged among all rows that might have been listed, the others having p = 1.
"""

ERRORS = 3.0
"""Standard errors by which a share must exceed its level before it is called a false alarm."""

SLACK = 1.1
"""Factor by which a share may exceed its level: nobody acts on 0.0505 for 0.05."""

_FIGURES = ("distance", "excess", "share_01", "share_05", "share_95", "share_99")


class Sample(NamedTuple):
    """P-values of one column or test under one design, and the market that each comes from."""

    what: str
    grain: str
    unit: str
    design: str
    p: Floats
    market: Counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--markets", type=int, default=24, help="markets per design")
    parser.add_argument("--tenders", type=int, default=400, help="tenders per market")
    parser.add_argument("--runs", type=int, default=200, help="runs of every market test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, help="write the report to this page")
    asked = parser.parse_args()
    table = report(column_samples((*DESIGNS, "simulator"), asked.markets, asked.tenders, asked.seed))
    tests = report(market_samples(asked.runs, asked.seed))
    command = (
        f"python -m benchmarks.nulls --markets {asked.markets} --tenders {asked.tenders} "
        f"--runs {asked.runs} --seed {asked.seed}"
    )
    text = page(table, tests, command)
    print(text)
    if asked.page:
        asked.page.write_text(text, encoding="utf-8")


def p_columns(grain: Grain) -> dict[str, str]:
    """Columns of a grain that are p-values or percentiles under competition, with their unit."""
    return {
        name: column.unit
        for name, column in CATALOGUE.columns(grain).items()
        if column.unit in (PROBABILITY, PERCENTILE) and name not in NO_P_VALUE
    }


def column_samples(designs: tuple[str, ...], markets: int, tenders: int, seed: int) -> list[Sample]:
    """Every p-value column of every grain under every design."""
    return [
        sample
        for design in designs
        for sample in _pooled(design, [market(design, tenders, seed + i) for i in range(markets)])
    ]


def _pooled(design: str, markets: list[Market]) -> Iterator[Sample]:
    found: dict[tuple[str, str, str], list[Floats]] = {}
    for records in markets:
        for key, p in _values(records):
            found.setdefault(key, []).append(p)
    for (name, grain, unit), parts in found.items():
        sizes = [part.size for part in parts]
        yield Sample(
            name, grain, unit, design, np.concatenate(parts), np.repeat(np.arange(len(parts)), sizes)
        )


def _values(records: Market) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    build = Build(records)
    for grain in Grain:
        if not (columns := p_columns(grain)):
            continue
        demanded = [n for n, node in CATALOGUE.on_demand(grain).items() if set(node.columns) & set(columns)]
        frame = build.grain(grain, also=demanded).select(*columns).collect()
        unlisted = max(0, _all_rows(grain, records) - frame.height)
        for name, unit in columns.items():
            p = frame[name].cast(pl.Float64).drop_nulls().to_numpy()
            yield (name, grain.value, unit), np.append(p, np.ones(unlisted if name in CHOSEN else 0))


def _all_rows(grain: Grain, records: Market) -> int:
    """Rows that a sparse grain chose from."""
    bids = records.bids.select("tender_id", "bidder_id").unique().collect()
    if grain == Grain.PAIR:
        return comb(bids["bidder_id"].n_unique(), 2)
    if grain == Grain.TIE:
        n = bids.group_by("tender_id").len()["len"].cast(pl.Int64)
        return int((n * (n - 1) // 2).sum())
    return 0


def market_samples(runs: int, seed: int) -> list[Sample]:
    """Every market test, each run on a market of its own."""
    return [
        Sample(
            name, "market", PROBABILITY, run.__doc__ or "",
            np.array([run(np.random.default_rng([seed, i, *name.encode()])).p_value for i in range(runs)]),
            np.arange(runs),
        )
        for name, run in RUNS.items()
    ]  # fmt: skip


def report(samples: list[Sample]) -> pl.DataFrame:
    """One row per sample; `alarm` says that a level is exceeded beyond `ERRORS` and `SLACK`.

    A percentile is alarming in neither direction: it is compared, not thresholded.
    """
    return pl.DataFrame([_judged(sample) for sample in samples])


def _judged(sample: Sample) -> dict[str, object]:
    head = {"what": sample.what, "grain": sample.grain, "design": sample.design, "n": sample.p.size}
    if sample.p.size == 0:
        return {**head, **dict.fromkeys(_FIGURES), "unit": sample.unit, "alarm": False}
    p = np.sort(sample.p)
    above = float((np.searchsorted(p, p, "right") / p.size - p).max())
    below = float((p - np.searchsorted(p, p, "left") / p.size).max())
    shares = {f"share_{level:02.0f}": float((p <= level / 100).mean()) for level in (1, 5)}
    upper = {f"share_{level}": float((p > level / 100).mean()) for level in (95, 99)}
    alarm = sample.unit == PROBABILITY and any(exceeds(sample, level) for level in (0.01, 0.05))
    return {
        **head, "distance": max(above, below), "excess": max(above, 0.0), **shares, **upper,
        "unit": sample.unit, "alarm": alarm,
    }  # fmt: skip


def exceeds(sample: Sample, level: float) -> bool:
    """Whether the share of p-values up to a level is above it by more than chance and `SLACK`.

    The standard error is the larger of the binomial one and that between markets.

    >>> few = Sample("p", "bid", PROBABILITY, "normal", np.linspace(0, 1, 400), np.arange(400) % 4)
    >>> exceeds(few, 0.05), exceeds(few._replace(p=few.p**2), 0.05)
    (False, True)
    """
    hit = (sample.p <= level + 1e-12).astype(np.float64)
    share = hit.mean()
    apart = np.bincount(sample.market, weights=hit - share)
    markets = np.unique(sample.market).size
    between = np.sqrt((apart**2).sum() * markets / max(markets - 1, 1)) / hit.size
    error = max(float(between), float(np.sqrt(level * (1 - level) / hit.size)))
    return bool(share - ERRORS * error > SLACK * level)


if __name__ == "__main__":
    main()
