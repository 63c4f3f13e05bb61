"""How time and memory grow with the market: each stage as a whole process of its own.

Run: `python -m benchmarks.scale --sizes 10000 100000 1000000`. Prints wall seconds, processor
seconds and peak memory per stage and size, and the growth exponent between the ends:
log(time ratio) / log(size ratio), where 1 is linear. The stage `rules` also tells, of one process, what
the features that rules read take and what judging them takes after that, and the five slowest rules.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.costs import Cost, machine, measure, python

if TYPE_CHECKING:
    from records.tables import Market

STAGES = ("import", "features", "rules", "score")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--workspace", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage:
        run_stage(arguments.stage, arguments.workspace, arguments.sizes[0])
    else:
        compare(arguments.sizes)


def compare(sizes: list[int]) -> None:
    print(machine())
    print(f"{'tenders':>10} {'stage':<9} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    costs: dict[tuple[int, str], Cost] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for stage in STAGES:
                cost = costs[size, stage] = timed(stage, Path(folder), size)
                print(
                    f"{size:>10,} {stage:<9} {cost.wall:>8.1f} {cost.cpu:>8.1f} {cost.peak_mb:>8.0f}",
                    flush=True,
                )
    small, large = min(sizes), max(sizes)
    if small < large:
        for stage in STAGES:
            ratio = costs[large, stage].cpu / costs[small, stage].cpu
            print(f"growth of {stage}: n^{math.log(ratio) / math.log(large / small):.2f}")


def timed(stage: str, workspace: Path, size: int) -> Cost:
    asked = ("--stage", stage, "--workspace", workspace, "--sizes", size)
    return measure(python("benchmarks.scale", *asked))


def run_stage(stage: str, workspace: Path, size: int) -> None:
    import polars as pl

    from features.build import Build
    from features.catalogue import Grain
    from records.simulate import into_store
    from records.store import Store

    if stage == "import":
        into_store(workspace, tenders=size, seed=7)
        return
    market = Store(workspace).market()
    if stage == "features":
        build = Build(market)
        build.collected(Grain.TENDER)
        pl.collect_all([build.grain(g) for g in (Grain.BID, Grain.TIE)])
    elif stage == "rules":
        judge_in_steps(market)
    else:
        subprocess.run(
            [sys.executable, "-m", "bidlens", "score", "--json", "-w", workspace], check=True, stdout=-3
        )


def judge_in_steps(market: "Market") -> None:
    """Features and verdicts of all rules, and what each took."""
    from detect.frames import prepared
    from detect.rule import all_rules
    from detect.run import judge_frames
    from detect.verdict import verdicts

    rules = list(all_rules().values())
    started = time.process_time()
    frames = prepared(market, rules)
    built = time.process_time()
    judge_frames(frames, rules)
    judged = time.process_time()
    features, spent = built - started, judged - built
    print(f"{'':>10} rules after their features: {spent:.1f} of {features:.1f} cpu s, {spent / features:.3f}")
    each = {}
    for r in rules:
        begun = time.process_time()
        verdicts((frames.rows | frames.parties)[r.grain], [r])
        each[r.id] = time.process_time() - begun
    slowest = sorted(each.items(), key=lambda item: -item[1])[:5]
    print(f"{'':>10} slowest verdicts: " + ", ".join(f"{name} {s:.2f}" for name, s in slowest), flush=True)


if __name__ == "__main__":
    main()
