"""How often each statistical rule hits where nobody agrees anything, beside what it promises.

Run: `python -m benchmarks.rates --tenders 3000 --seeds 501 502 503 504 505 506`. Every seed makes one market
without rings, with all innocent look-alikes. A rule that promises a rate (`Rule.rate`) is judged on what it
could be evaluated for: bids, parties, or tenders (ties count by tender, one tie that is hit being enough).
Where the promise is a false-discovery rate, markets are counted, a market being hit when any of its rows is.
`chance` is that of as many hits or more under the promise; below 0.001 the promise is broken. Rows of a
market depend on each other, which the binomial law leaves out, so it is the stricter judge. Then the RED
alerts, and how many of them are the short bid periods that the simulator plants as honest mistakes.
"""

import argparse
import sys
from datetime import timedelta
from typing import NamedTuple

import polars as pl
from scipy.stats import binom

from benchmarks.rings import SAMPLE_SEED, make_market, show
from detect.rule import Level, Rule, State, all_rules
from detect.run import Verdicts, judge
from detect.verdict import verdicts as verdicts_of
from features.build import Build
from features.catalogue import KEYS, Grain
from records.tables import Market

BROKEN = 1e-3
"""Chance below which so many hits are no accident; some thirty rules are looked at."""

FALSE_DISCOVERY = "max_q"
"""The limit by which rules name a false-discovery rate."""

SHORTEST = timedelta(days=20)
"""Bid periods of the simulator below this are planted (rules B01)."""


COUNTED = pl.Schema(
    {"rule_id": pl.String, "counted": pl.String, "judged": pl.Int64, "hits": pl.Int64, "alerts": pl.Int64}
)
"""Columns of `Honest.rates`."""


class Honest(NamedTuple):
    """What one market without rings gives.

    * `rates`: `COUNTED`: what is counted, how much of it the rule could judge and hit, and hits at YELLOW
      and above.
    * `red`: `rule_id, planted, others`: tenders with a RED hit.
    """

    rates: pl.DataFrame
    red: pl.DataFrame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tenders", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[501, 502, 503, 504, 505, 506])
    arguments = parser.parse_args()
    if SAMPLE_SEED in arguments.seeds:
        sys.exit(f"Seed {SAMPLE_SEED} made the sample; choose others.")
    markets = [measured(make_market(arguments.tenders, s, rings=False)[0]) for s in arguments.seeds]
    print(f"{arguments.tenders:,} tenders per market, seeds {arguments.seeds}, no rings, with look-alikes\n")
    show(table([m.rates for m in markets]))
    print("\nTenders with a RED alert, by rule: planted short periods, and others\n")
    show(pl.concat(m.red for m in markets).group_by("rule_id").agg(pl.all().sum()).sort("rule_id"))


def measured(market: Market) -> Honest:
    """Judge one market by all rules."""
    verdicts = judge(market, list(all_rules().values()))
    build = Build(market)
    promised = [r for r in all_rules().values() if r.rate is not None]
    return Honest(pl.concat(counted(build, verdicts, r) for r in promised), _red(verdicts))


def counted(build: Build, verdicts: Verdicts, r: Rule) -> pl.DataFrame:
    """One row: what the rule judged and hit, in the unit of its promise."""
    judged, hits = _of_bids(build, r) if r.grain == Grain.BID else _of_units(verdicts, r)
    found = pl.concat(
        [verdicts.hits.select("rule_id", "level"), verdicts.parties.hits.select("rule_id", "level")]
    )
    alerts = found.filter(pl.col("level") >= Level.YELLOW, rule_id=r.id).height
    unit = r.grain.value if r.grain != Grain.TIE else Grain.TENDER.value
    if r.nominal == FALSE_DISCOVERY:
        unit, judged, hits, alerts = "market", min(judged, 1), min(hits, 1), min(alerts, 1)
    return pl.DataFrame([(r.id, unit, judged, hits, alerts)], schema=COUNTED, orient="row")


def _of_units(verdicts: Verdicts, r: Rule) -> tuple[int, int]:
    """Tenders or parties."""
    row = verdicts.counts().row(by_predicate=pl.col("rule_id") == r.id, named=True)
    return row[State.HIT.value] + row[State.CLEAR.value], row[State.HIT.value]


def _of_bids(build: Build, r: Rule) -> tuple[int, int]:
    reads = dict.fromkeys([*KEYS[Grain.BID], "mechanism", "jurisdiction", "deadline_at", *r.reads])
    frame = build.grain(Grain.BID).select(list(reads)).collect()
    level = verdicts_of(frame, [r])[r.id].drop_nulls()
    return int((level >= 0).sum()), int((level > 0).sum())


def table(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """All markets together: shares beside promises, and how likely so many hits are under them."""
    total = pl.concat(parts).group_by("rule_id", "counted").agg(pl.col("judged", "hits", "alerts").sum())
    total = total.sort("rule_id")
    rate = {r.id: r.rate for r in all_rules().values() if r.rate is not None}
    promised = total.with_columns(promise=pl.col("rule_id").replace_strict(rate, return_dtype=pl.Float64))
    tail = binom.sf(promised["hits"] - 1, promised["judged"], promised["promise"])
    return promised.select(
        "rule_id", "counted", "judged", "hits",
        pl.when(pl.col("judged") > 0).then((pl.col("hits") / pl.col("judged")).round(4)).alias("share"),
        "promise",
        pl.Series("chance", tail).round(4),
        "alerts",
    )  # fmt: skip


def _red(verdicts: Verdicts) -> pl.DataFrame:
    period = verdicts.tenders.select("tender_id", length=pl.col("deadline_at") - pl.col("published_at"))
    red = verdicts.hits.filter(pl.col("level") == Level.RED).unique(["rule_id", "tender_id"])
    short = (pl.col("length") < SHORTEST).fill_null(False)
    return red.join(period, on="tender_id", how="left").group_by("rule_id").agg(
        planted=short.sum(), others=(~short).sum()
    )  # fmt: skip


if __name__ == "__main__":
    main()
