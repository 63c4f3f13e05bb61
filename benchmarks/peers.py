"""Against what a user would pick instead: whole processes of one run on one machine, as ratios.

Run: `pip install -e '.[bench]'`, then `python -m benchmarks.peers --ocds releases.jsonl`.

* `indicators`: the eleven published OCDS indicators of one file, by `bidlens ocds-indicators` and by OCDS
  Cardinal 0.0.8; after it the import of that file, all rules, the model and the alerts, which Cardinal
  does not have. The file is repeated `--copies` times, each time with other process ids. Cardinal is no
  Python package: `--cardinal` is how to call it, `{file}` and `{settings}` being filled in.
* `screens`: seven price screens of every tender (CV, spread, gap, relative distance, skewness, kurtosis and
  lowest to estimate), as the features make them, by the script in Polars that one would write, and by that
  in pandas. The scripts take prices as they come; the features also leave out what is not valid or not in
  the tender's currency, of one firm the last bid only, and are null where a formula is not defined.
* `pairs`: how often every two firms met, as the features make it, and by DuckDB SQL.

What Python and imports take is in each figure: that is what a user waits for. The fourth comparison, the
bound of the missing-bids test, needs its own data: `python -m benchmarks.missing_bids`.
"""

import argparse
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.costs import Cost, machine, measure, python

SCREENS = (
    "bid_cv", "bid_spread", "bid_gap", "relative_distance", "bid_skewness", "bid_kurtosis",
    "lowest_to_estimate",
)  # fmt: skip
INDICATORS = ["R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058"]
CARDINAL = "ocdscardinal indicators --settings {settings} {file}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tenders", type=int, default=200_000, help="of the market of screens and pairs")
    parser.add_argument("--ocds", type=Path, help="compiled releases, one JSON object to a line")
    parser.add_argument("--copies", type=int, default=5, help="of that file")
    parser.add_argument("--cardinal", default=CARDINAL, help="command that runs it")
    parser.add_argument("--task", choices=("market", *TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task == "market":
        market(asked.folder, asked.tenders)
        return
    if asked.task:
        TASKS[asked.task](asked.folder)
        return
    print(machine())
    print(f"{'task':<12} {'by':<22} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'wall over ours':>15}")
    with tempfile.TemporaryDirectory() as folder:
        tables(Path(folder), asked.tenders)
    if asked.ocds:
        with tempfile.TemporaryDirectory() as folder:
            indicators(Path(folder), asked.ocds, asked.copies, asked.cardinal)


def tables(folder: Path, tenders: int) -> None:
    # A process of its own, since a child's peak of memory is never below what its parent held as it began.
    measure(python("benchmarks.peers", "--task", "market", "--folder", folder, "--tenders", tenders))
    for task in ("screens", "pairs"):
        ways = [name for name in TASKS if name.startswith(task)]
        table(
            task,
            {way: measure(python("benchmarks.peers", "--task", way, "--folder", folder)) for way in ways},
        )


def indicators(folder: Path, releases: Path, copies: int, cardinal: str) -> None:
    file, settings, workspace = folder / "releases.jsonl", folder / "settings.ini", folder / "workspace"
    repeat(releases, copies, file)
    settings.write_text("".join(f"[{name}]\n" for name in INDICATORS))
    call = [part.format(file=file, settings=settings) for part in shlex.split(cardinal)]
    costs = {
        "ocds-indicators": measure(
            python("bidlens", "ocds-indicators", file, "--settings", settings), folder / "ours.json"
        )
    }
    if shutil.which(call[0]):
        costs["Cardinal 0.0.8"] = measure(call, folder / "cardinal.json")
    else:
        print(f"{call[0]} is not there, so Cardinal was left out; name it by --cardinal.")
    put = python("bidlens", "import", file, "--source", "ocds", "-w", workspace)
    costs["import"] = measure(put, folder / "import.txt")
    costs["score, all rules"] = measure(python("bidlens", "score", "-w", workspace), folder / "score.txt")
    table("indicators", costs)


def repeat(releases: Path, copies: int, target: Path) -> None:
    """The file, `copies` times, each with process ids of its own."""
    ocid = re.compile(rb'"ocid": ?"([^"]+)"')
    with target.open("wb") as out:
        for copy in range(copies):
            mark = rb'"ocid":"\g<1>-%d"' % copy
            with releases.open("rb") as lines:
                out.writelines(ocid.sub(mark, line) for line in lines)


def table(task: str, costs: dict[str, Cost]) -> None:
    """One line for each way, the first of which is ours."""
    ours = next(iter(costs.values()))
    for way, cost in costs.items():
        ratio = cost.wall / ours.wall
        print(
            f"{task:<12} {way:<22} {cost.wall:>8.1f} {cost.cpu:>8.1f} {cost.peak_mb:>8.0f} {ratio:>15.2f}",
            flush=True,
        )


def market(folder: Path, tenders: int) -> None:
    from benchmarks.features import write_market

    write_market(folder, tenders, 0)


# --- the ways, each in a process of its own, its result in a Parquet file


def screens(folder: Path) -> None:
    from benchmarks.features import build_of
    from features.catalogue import Grain
    from features.needs import needs

    build = build_of(folder, needs({Grain.TENDER: SCREENS}))
    made = build.grain(Grain.TENDER).select("tender_id", *SCREENS)
    made.sink_parquet(folder / "screens.parquet")


def screens_polars(folder: Path) -> None:
    import polars as pl

    price, order = pl.col("amount").cast(pl.Float64), pl.col("amount").cast(pl.Float64).sort()
    low, second = order.first(), order.get(1, null_on_oob=True)
    bids = pl.scan_parquet(folder / "bids" / "*.parquet").filter(pl.col("status") == "valid")
    tenders = pl.scan_parquet(folder / "tenders" / "*.parquet").select("tender_id", "estimate")
    made = bids.group_by("tender_id").agg(
        bid_cv=price.std() / price.mean(), bid_spread=(price.max() - low) / low, bid_gap=second - low,
        relative_distance=(second - low) / order.slice(1).std(), bid_skewness=price.skew(),
        bid_kurtosis=price.kurtosis(), lowest=low,
    )  # fmt: skip
    priced = made.join(tenders, on="tender_id", how="left")
    priced.with_columns(
        lowest_to_estimate=pl.col("lowest") / pl.col("estimate").cast(pl.Float64)
    ).sink_parquet(folder / "screens_polars.parquet")


def screens_pandas(folder: Path) -> None:
    import pandas as pd

    bids = pd.read_parquet(folder / "bids", columns=["tender_id", "amount", "status"])
    bids = bids[bids["status"] == "valid"].assign(amount=lambda b: b["amount"].astype(float))
    bids = bids.sort_values(["tender_id", "amount"])
    price = bids.groupby("tender_id")["amount"]
    first, second = price.nth(0), price.nth(1)
    low, next_low = (part.set_axis(bids.loc[part.index, "tender_id"]) for part in (first, second))
    losers = bids.drop(first.index).groupby("tender_id")["amount"]
    made = pd.DataFrame(
        {
            "bid_cv": price.std() / price.mean(), "bid_spread": (price.max() - low) / low,
            "bid_gap": next_low - low, "relative_distance": (next_low - low) / losers.std(),
            "bid_skewness": price.skew(), "bid_kurtosis": price.apply(pd.Series.kurt),
        }
    )  # fmt: skip
    tenders = pd.read_parquet(folder / "tenders", columns=["tender_id", "estimate"]).set_index("tender_id")
    made["lowest_to_estimate"] = low / tenders["estimate"].astype(float)
    made.to_parquet(folder / "screens_pandas.parquet")


def pairs(folder: Path) -> None:
    import polars as pl

    from benchmarks.features import build_of

    met = build_of(folder).table("joint_bids").group_by("pair").agg(pl.len())
    met.sink_parquet(folder / "pairs.parquet")


def pairs_duckdb(folder: Path) -> None:
    import duckdb

    duckdb.sql(f"""
        COPY (
          SELECT a.bidder_id AS bidder_a, b.bidder_id AS bidder_b, count(DISTINCT tender_id) AS n
          FROM '{folder}/bids/*.parquet' a JOIN '{folder}/bids/*.parquet' b USING (tender_id)
          WHERE a.bidder_id < b.bidder_id AND a.status = 'valid' AND b.status = 'valid' GROUP BY ALL
        ) TO '{folder}/pairs_duckdb.parquet'
    """)


TASKS: dict[str, Callable[[Path], None]] = {
    f.__name__: f for f in (screens, screens_polars, screens_pandas, pairs, pairs_duckdb)
}


if __name__ == "__main__":
    main()
