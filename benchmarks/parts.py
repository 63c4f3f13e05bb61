"""A full run in one piece, in parts, in two processes, and on Spark clusters of one and two workers.

Run: `python -m benchmarks.parts --sizes 10000 50000 --part-size 10000`. Prints wall and processor seconds of
whole commands with all that they start, and the peak memory of all their processes together. Starting a
cluster is not in the wall seconds, starting a Spark session is. Workers have one core each and compute with
one thread; Spark ends their processes itself, so that of clusters only the clock is known.
"""

import argparse
import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cluster import running
from benchmarks.costs import Cost, kept, machine, measure, python
from records.simulate import into_store

ROWS = ("one piece", "parts", "parts, 2 processes", "Spark, 1 worker", "Spark, 2 workers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--part-size", type=int, default=10_000)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--keep", type=Path, help="folder of workspaces that stay, named by their size")
    asked = parser.parse_args()
    print(machine())
    print(f"{'tenders':>10}  {'':<20} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    costs: dict[tuple[str, int], Cost] = {}
    for size in asked.sizes:
        with kept(asked.keep) as folder:
            for name, cost in costs_of(folder / str(size), size, asked.part_size, asked.rows):
                costs[name, size] = cost
                told = "" if name.startswith("Spark") else f" {cost.cpu:>8.1f} {cost.peak_mb:>8.0f}"
                print(f"{size:>10,}  {name:<20} {cost.wall:>8.1f}{told}", flush=True)
        one, two = (costs.get((f"Spark, {n}", size)) for n in ("1 worker", "2 workers"))
        if one and two:
            print(f"{size:>10,}  two workers of Spark against one: {one.wall / two.wall:.3f} times as fast")
    small, large = min(asked.sizes), max(asked.sizes)
    for name in (row for row in asked.rows if small < large):
        of = {"time": "wall"} if name.startswith("Spark") else {"processor time": "cpu", "memory": "peak_mb"}
        for what, field in of.items():
            ratio = getattr(costs[name, large], field) / getattr(costs[name, small], field)
            print(f"growth of {what}, {name}: n^{math.log(ratio) / math.log(large / small):.2f}")


def costs_of(workspace: Path, size: int, part_size: int, rows: list[str]) -> Iterator[tuple[str, Cost]]:
    """What each way costs on a market of so many tenders, which is made unless it is there."""
    options = {
        "one piece": (),
        "parts": ("--part-size", part_size),
        "parts, 2 processes": ("--part-size", part_size, "--jobs", 2),
    }
    if not workspace.exists():
        into_store(workspace, size, 7)
    for name in rows:
        shutil.rmtree(workspace / "runs", ignore_errors=True)
        (workspace / "cases.db").unlink(missing_ok=True)
        if name in options:
            yield name, scored(workspace, *options[name])
        else:
            yield name, on_cluster(workspace, part_size, int(name.split()[1]))


def scored(workspace: Path, *options: object) -> Cost:
    """One whole command."""
    return measure(python("bidlens", "score", "--json", "-w", workspace, *options), Path("/dev/null"))


def on_cluster(workspace: Path, part_size: int, workers: int) -> Cost:
    """One whole command; its processor time and memory are the driver's alone."""
    with tempfile.TemporaryDirectory() as logs, running(Path(logs), workers) as cluster:
        spark = ("--engine", "spark", "--master", cluster.master)
        return scored(workspace, "--part-size", part_size, *spark)


if __name__ == "__main__":
    main()
