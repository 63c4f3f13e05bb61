"""What the features cost: processor seconds, wall seconds and peak memory of whole processes.

Run: `python -m benchmarks.features`. It makes a market of its own (below), then runs each task and the
task that it is measured against as child processes of one run, and prints their ratios:

* screens of all tenders, against reading the three columns that they are made from;
* the table of bidder pairs, against packed keys in NumPy;
* every grain, written to Parquet, at several sizes, with the growth exponent of processor time:
  log(time ratio) / log(size ratio), where 1 is linear.

The market: five bids a tender on average (two to twelve), a firm for every 20 tenders, 12 categories and
30 regions; seven bids in ten come from a firm of the category and region, the rest from the category. All
tenders have a winner, five years of dates and an estimate; one bid in fifty is a joint bid and 3 % are not
valid. Ids are as long as real ones (22 and 18 characters). Each firm has three identifiers on record, and
each bid `--traces` more; one value in a thousand of the latter is a neighbour's.
"""

import argparse
import math
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.costs import Cost, machine, measure, python
from features.build import Build
from features.catalogue import CATALOGUE, KEYS, Grain
from features.needs import Needs
from features.tender import screens as family
from records.tables import market_of

BIDS_PER_TENDER = 5
FIRMS_PER_TENDER = 1 / 20
CATEGORIES, REGIONS = 12, 30
TRACES = ("upload_ip", "author_mac", "author_cpu", "author_disk", "boq_lock", "ca_key", "deposit_account",
          "agent", "project_manager", "upload_mac", "download_ip", "file_id")  # fmt: skip
OF_FIRM = ("legal_rep", "phone", "address")
_TENDERS_AT_ONCE = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--screens", type=int, default=1_000_000, help="tenders of the first two comparisons")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[100_000, 2_000_000], help="tenders, all grains"
    )
    parser.add_argument("--traces", type=int, default=6, help=f"identifiers per bid, at most {len(TRACES)}")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        TASKS[arguments.task](arguments.folder)
    else:
        compare(arguments.screens, arguments.sizes, arguments.traces)


def compare(screens: int, sizes: list[int], traces: int) -> None:
    print(machine())
    print(f"{'tenders':>10} {'task':<12} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    if screens:
        with tempfile.TemporaryDirectory() as folder:
            write_market(Path(folder), screens, 0)
            cost = {task: timed(task, Path(folder), screens) for task in TASKS if task != "grains"}
        for task, reference in REFERENCES.items():
            print(
                f"{task} over {reference}: {_ratio(cost[task], cost[reference], cost['nothing']):.1f} times"
            )
    grains = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_market(Path(folder), size, traces)
            grains[size] = timed("grains", Path(folder), size)
    if len(grains) > 1:
        small, large = min(grains), max(grains)
        growth = math.log(grains[large].cpu / grains[small].cpu) / math.log(large / small)
        print(f"growth of grains: n^{growth:.2f}")


def _ratio(cost: Cost, reference: Cost, nothing: Cost) -> float:
    """Processor time without what Python and the imports take, over that of the reference."""
    return (cost.cpu - nothing.cpu) / max(reference.cpu - nothing.cpu, 0.01)


def timed(task: str, folder: Path, size: int) -> Cost:
    cost = measure(python("benchmarks.features", "--task", task, "--folder", folder))
    print(f"{size:>10,} {task:<12} {cost.wall:>8.1f} {cost.cpu:>8.1f} {cost.peak_mb:>8.0f}", flush=True)
    return cost


# --- the tasks, each in a process of its own


def nothing(folder: Path) -> None:
    """Python, Polars, SciPy and the catalogue."""
    build_of(folder)


def read(folder: Path) -> None:
    """The three columns that screens are made from."""
    build_of(folder)
    pl.scan_parquet(folder / "bids" / "*.parquet").select("tender_id", "bidder_id", "amount").collect()


def screens(folder: Path) -> None:
    """Every statistic and price screen of every tender."""
    build = build_of(folder)
    statistics = build.table("bid_statistics")
    made = (n for n in CATALOGUE.features[Grain.TENDER].values() if n.function.__module__ == family.__name__)
    for node in made:
        if set(node.reads) <= set(statistics.collect_schema()):
            column = node.function(*map(pl.col, node.reads))
            statistics = statistics.with_columns(column.alias(node.name))  # type: ignore[union-attr]
    statistics.collect()


def pairs(folder: Path) -> None:
    """Meetings of every two bidders."""
    build = build_of(folder)
    build.table("joint_bids").group_by("pair").agg(pl.len()).collect()


def packed_keys(folder: Path) -> None:
    """The same in NumPy, from integer codes that are at hand: a floor, not a pipeline."""
    build_of(folder)
    codes = pl.read_parquet(folder / "codes.parquet")
    tender, bidder = (codes[name].to_numpy().astype(np.uint64) for name in ("i", "firm"))
    order = np.argsort(tender << np.uint64(32) | bidder)
    tender, bidder = tender[order], bidder[order]
    apart, keys = 1, []
    while (same := tender[apart:] == tender[:-apart]).any():
        keys.append(bidder[:-apart][same] << np.uint64(32) | bidder[apart:][same])
        apart += 1
    np.unique(np.concatenate(keys), return_counts=True)


def grains(folder: Path) -> None:
    """Every grain's own columns, written to Parquet."""
    build = build_of(folder)
    for grain in Grain:
        if columns := CATALOGUE.columns(grain):
            extra = {c for n in CATALOGUE.on_demand(grain).values() for c in n.columns}
            keep = [name for name in columns if name not in extra]
            build.grain(grain).select(*KEYS[grain], *keep).sink_parquet(folder / f"{grain}.parquet")


TASKS = {f.__name__: f for f in (nothing, read, screens, packed_keys, pairs, grains)}
REFERENCES = {"screens": "read", "pairs": "packed_keys"}


def build_of(folder: Path, needs: Needs | None = None) -> Build:
    tables = {part.name: pl.scan_parquet(part / "*.parquet") for part in folder.iterdir() if part.is_dir()}
    return Build(market_of(**tables), needs=needs)


# --- the market


def write_market(folder: Path, tenders: int, traces: int, seed: int = 6) -> None:
    """Write the tables of the market described above, in parts of 100,000 tenders."""
    rng = np.random.default_rng([seed, tenders])
    firms = max(100, int(tenders * FIRMS_PER_TENDER))
    _write(folder, "bidders", 0, _firms(firms))
    if traces:
        _write(folder, "identifiers", 0, _firm_identifiers(firms))
    codes = []
    for first in range(0, tenders, _TENDERS_AT_ONCE):
        n = min(_TENDERS_AT_ONCE, tenders - first)
        lots = _tenders(rng, first, n)
        bids = _bids(rng, lots, firms)
        _write(folder, "tenders", first, lots.drop("cell", "i"))
        _write(folder, "bids", first, bids.drop("i", "firm"))
        codes.append(bids.filter(pl.col("status") == "valid").select("i", "firm"))
        _write(folder, "consortium_members", first, _members(bids, firms))
        if traces:
            _write(folder, "identifiers", 1 + first, _traces(bids, traces))
    pl.concat(codes).write_parquet(folder / "codes.parquet")


def _write(folder: Path, table: str, part: int, frame: pl.DataFrame) -> None:
    (folder / table).mkdir(exist_ok=True)
    known = pl.lit("batch").alias("batch_id"), pl.lit(table).alias("source_table")
    record = pl.int_range(pl.len()).cast(pl.String).alias("source_record")
    frame.with_columns(*known, record).write_parquet(folder / table / f"{part:09}.parquet")


def _id(prefix: str, number: str, width: int) -> pl.Expr:
    return pl.format("{}{}", pl.lit(prefix), pl.col(number).cast(pl.String).str.zfill(width))


def _firms(n: int) -> pl.DataFrame:
    return pl.DataFrame({"i": range(n)}).select(
        _id("9162010", "i", 11).alias("bidder_id"), region=pl.lit("R")
    )


def _hash(*of: str) -> pl.Expr:
    """32 characters that differ where the columns do."""
    half = (pl.struct(of).hash(seed) % 10**16 for seed in (1, 2))
    return pl.concat_str(h.cast(pl.String).str.zfill(16) for h in half)


def _tenders(rng: np.random.Generator, first: int, n: int) -> pl.DataFrame:
    cell = rng.integers(0, CATEGORIES * REGIONS, n)
    deadline = pl.datetime(2021, 1, 1, time_zone="UTC") + pl.duration(minutes=pl.col("minute"))
    money = pl.Decimal(38, 6)
    return pl.DataFrame(
        {
            "i": np.arange(first, first + n),
            "cell": cell,
            "minute": rng.integers(0, 5 * 365 * 1440, n),
            "wait": rng.integers(5, 40, n),
            "estimate": np.round(np.exp(rng.normal(14.5, 1, n)), 2),
        }
    ).select(
        "i", "cell",
        _id("CN-62-2021-", "i", 11).alias("tender_id"),
        pl.format("category {}", pl.col("cell") // REGIONS).alias("category"),
        pl.format("region {}", pl.col("cell") % REGIONS).alias("region"),
        pl.format("buyer {}", pl.col("i").hash() % (1 + pl.col("cell") * 20)).alias("buyer_id"),
        pl.lit("CNY").alias("currency"), pl.lit("complete").alias("status"),
        pl.when(pl.col("i") % 10 < 7).then(pl.lit("lowest")).otherwise(pl.lit("scored")).alias("mechanism"),
        pl.col("estimate").cast(money), (pl.col("estimate") * 1.2).round(2).cast(money).alias("ceiling"),
        (deadline - pl.duration(days=25)).alias("published_at"),
        deadline.alias("deadline_at"), deadline.alias("opened_at"),
        (deadline + pl.duration(days=pl.col("wait"))).alias("closed_at"),
    )  # fmt: skip


def _bids(rng: np.random.Generator, lots: pl.DataFrame, firms: int) -> pl.DataFrame:
    n = np.minimum(2 + rng.poisson(BIDS_PER_TENDER - 2, lots.height), 12)
    at = np.repeat(np.arange(lots.height), n)
    cell, cells = lots["cell"].to_numpy()[at], CATEGORIES * REGIONS
    home = np.where(
        rng.random(at.size) < 0.7, cell, cell // REGIONS * REGIONS + rng.integers(0, REGIONS, at.size)
    )
    each = max(1, firms // cells)
    firm = (home + cells * (each * rng.random(at.size) ** 1.2).astype(np.int64)) % firms
    level = rng.normal(0.95, 0.03, lots.height)[at] * (1 + rng.normal(0, 0.05, at.size))
    price = np.round(lots["estimate"].cast(pl.Float64).to_numpy()[at] * level, 2)
    early = (pl.col("bid_id").hash() % 3000).cast(pl.Int64)
    return (
        lots[at].select("tender_id", "deadline_at", "i")
        .with_columns(pl.Series("firm", firm), pl.Series("amount", price).cast(pl.Decimal(38, 6)),
                      refused=pl.Series(rng.random(at.size) < 0.03))
        .unique(["tender_id", "firm"], keep="first", maintain_order=True)
        .sample(fraction=1, shuffle=True, seed=1)
        .with_columns(
            pl.format("{}-{}", "tender_id", "firm").alias("bid_id"), bidder_id=_firm_id(),
            status=pl.when("refused").then(pl.lit("disqualified")).otherwise(pl.lit("valid")),
            currency=pl.lit("CNY"),
        )
        .with_columns(
            won=(pl.col("amount") == pl.col("amount").min().over("tender_id")),
            submitted_at=pl.col("deadline_at") - pl.duration(minutes=early),
        )
        .drop("deadline_at", "refused")
    )  # fmt: skip


def _firm_id() -> pl.Expr:
    return _id("9162010", "firm", 11)


def _members(bids: pl.DataFrame, firms: int) -> pl.DataFrame:
    joint = bids.filter(pl.col("bid_id").hash() % 50 == 0)
    lead = joint.select("bid_id", "tender_id", "bidder_id")
    other = joint.with_columns(firm=(pl.col("firm") + 1) % firms).select(
        "bid_id", "tender_id", bidder_id=_firm_id()
    )
    return pl.concat([lead, other])


def _firm_identifiers(firms: int) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": OF_FIRM})
    return (
        pl.DataFrame({"firm": range(firms)}).join(kinds, how="cross")
        .with_columns(value=pl.when(pl.struct("firm", "kind").hash() % 100 == 0).then(pl.col("firm") // 7 * 7)
                      .otherwise("firm"))
        .select(_firm_id().alias("bidder_id"), pl.lit(None, pl.String).alias("tender_id"), "kind",
                _hash("kind", "value").alias("value_hash"), pl.lit("**").alias("display"),
                pl.datetime(2020, 1, 1, time_zone="UTC").alias("observed_at"))
    )  # fmt: skip


def _traces(bids: pl.DataFrame, traces: int) -> pl.DataFrame:
    """A firm's own devices, accounts and people; one value in a thousand is a neighbour's."""
    kinds = pl.DataFrame({"kind": TRACES[:traces]})
    noise = pl.struct("bid_id", "kind").hash(3)
    owner = pl.when(noise % 1000 == 0).then(pl.col("firm") // 50 * 50).otherwise("firm")
    return (
        bids.select("tender_id", "bidder_id", "bid_id", "firm", "submitted_at").join(kinds, how="cross")
        .with_columns(owner=owner, which=noise % 3)
        .select("bidder_id", "tender_id", "kind", _hash("kind", "owner", "which").alias("value_hash"),
                pl.lit("**").alias("display"), pl.col("submitted_at").alias("observed_at"))
    )  # fmt: skip


if __name__ == "__main__":
    main()
