"""How well planted rings are found, and what is flagged where there are none.

Run: `python -m benchmarks.rings --tenders 3000 --seeds 101 102 103`. Every seed makes one market with
rings and one without; none is the sample's. Three ways of ranking are compared: attention from
rules alone, the model's score alone, and both fused. Each scheme's tenders are ranked against all
honest ones; intervals resample whole rings. `--json FILE` keeps the full report. Then follow what each rule
finds of each scheme, how well alerts about parties name the rings, and which scheme they are said to look
like; `--rules-only` leaves the models out.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.ring_rules import Measured, alone_table, confusion_table, measured, recall_table
from detect.kept import Run
from detect.parties import PARTY_GRAINS
from detect.rule import Level
from detect.score import score
from features.build import Build
from features.catalogue import Grain
from models.evaluate import ranking_report
from models.scorer import make, unsupervised
from records.privacy import pseudonymise
from records.simulate import simulate
from records.tables import Market, market_of

SAMPLE_SEED = 62
KEY = b"a benchmark needs no secret key."
SHOWN = ("roc_auc", "average_precision", "lift", "precision_at_1%", "precision_at_5%", "recall_at_5%")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tenders", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--rules-only", action="store_true", help="score without the models")
    parser.add_argument("--json", type=Path, help="write the full report to this file")
    arguments = parser.parse_args()
    if SAMPLE_SEED in arguments.seeds:
        sys.exit(f"Seed {SAMPLE_SEED} made the sample; choose others.")
    asked = (arguments.tenders, arguments.resamples, not arguments.rules_only)
    reports = [report_of(seed, *asked) for seed in arguments.seeds]
    print(f"\n{arguments.tenders:,} tenders per market, seeds {arguments.seeds}; mean over seeds")
    show(pooled([r.ranking for r in reports]))
    print(
        "\nFalse alarms on markets without rings, mean per market: tenders by level, and alerts about parties"
    )
    alarms = pl.concat([r.alarms for r in reports])
    show(alarms.group_by("ranking", maintain_order=True).agg(pl.exclude("seed").mean().round(2)))
    show_rules([r.measured for r in reports])
    if arguments.json:
        arguments.json.write_text(pl.concat([r.ranking for r in reports]).write_json(), encoding="utf-8")


def show_rules(parts: list[Measured]) -> None:
    """What the rules found, over all markets."""
    print(
        "\nShare of the tenders in which a ring acted (or of the rings, by alerts about parties that name two"
    )
    print("members) that each rule finds at YELLOW and above; alone: those that no other rule finds")
    show(alone_table([p.alone for p in parts], recall_table([p.recall for p in parts])))
    print(
        "\nAlerts about parties, all markets: rings of which two members are named; alerts mostly of one ring"
    )
    show(pl.concat([p.parties for p in parts]).sum())
    print("\nGroup alerts: planted scheme, and what the pattern is said to look like")
    show(confusion_table([p.schemes for p in parts]))


class Report(NamedTuple):
    """What one seed gives: ranking metrics and rules with rings, alarms without."""

    ranking: pl.DataFrame
    alarms: pl.DataFrame
    measured: Measured


def report_of(seed: int, tenders: int, resamples: int, models: bool) -> Report:
    """Ranking metrics on the market with rings, alarms by level on the one without."""
    started = time.perf_counter()
    market, rings = make_market(tenders, seed, rings=True)
    ids = market.tenders.select("tender_id").collect()
    truth = ids.join(rings.select("tender_id", "scheme", "ring_id"), on="tender_id", how="left")
    members = next(simulate(tenders=tenders, seed=seed)).members
    scored = runs(market, models)
    report = pl.concat(
        ranking_report(values, truth, resamples=resamples, seed=seed).select(
            pl.lit(seed).alias("seed"), pl.lit(name).alias("ranking"), pl.all()
        )
        for name, values in rankings(scored)
    )
    alarms = pl.concat(
        levels(run).select(pl.lit(seed).alias("seed"), pl.lit(name).alias("ranking"), pl.all())
        for name, run in runs(make_market(tenders, seed, rings=False)[0], models)
    )
    print(f"seed {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return Report(report, alarms, measured(scored[0][1], truth, members))


def make_market(tenders: int, seed: int, *, rings: bool) -> tuple[Market, pl.DataFrame]:
    """A simulated market as scoring sees it, and the tenders in which a ring acted."""
    chunks = list(simulate(tenders=tenders, seed=seed, rings=rings))
    names = {name for chunk in chunks for name in chunk.raw.tables}
    tables = {
        name: pl.concat([c.raw.tables[name] for c in chunks if name in c.raw.tables]).with_columns(
            batch_id=pl.lit(f"seed {seed}")
        )
        for name in names
    }
    hidden = {name: pseudonymise(table, KEY) for name, table in tables.items() if "value" in table.columns}
    return market_of(**{**tables, **hidden}), pl.concat([c.truth for c in chunks])


def runs(market: Market, models: bool = True) -> list[tuple[str, Run]]:
    """The market scored by rules alone, and by rules fused with each model, fitted on itself."""
    if not models:
        return [("rules", score(market))]
    frame = Build(market).grain(Grain.TENDER).collect()
    fused = [(f"rules + {name}", score(market, scorer=make(name).fit(frame))) for name in unsupervised()]
    return [("rules", score(market)), *fused]


def rankings(scored: list[tuple[str, Run]]) -> list[tuple[str, pl.DataFrame]]:
    """Every way of ranking as `tender_id, value`."""
    fused = [(name, run.scores.select("tender_id", value="attention")) for name, run in scored]
    alone = [
        (name.removeprefix("rules + "), run.scores.select("tender_id", value="score"))
        for name, run in scored[1:]
    ]
    return [fused[0], *alone, *fused[1:]]


def levels(run: Run) -> pl.DataFrame:
    """Tenders by level, highest level first, and alerts about parties by grain."""
    level = run.scores["level"].fill_null(0)
    tenders = {each.name: [int((level == each.value).sum())] for each in reversed(Level)}
    grains = run.party_alerts["grain"]
    parties = {f"{grain.value} alerts": [int((grains == grain.value).sum())] for grain in PARTY_GRAINS}
    return pl.DataFrame({**tenders, **parties})


def pooled(reports: list[pl.DataFrame]) -> pl.DataFrame:
    """Mean of every metric over the seeds, one row per scheme and ranking."""
    key = ["scheme", "ranking"]
    whole = pl.concat(reports)
    sizes = whole.group_by(key, maintain_order=True).agg(
        pl.col("rings", "ring_tenders").mean().round(1), pl.col("prevalence").mean().round(3)
    )
    metrics = whole.group_by(*key, "metric", maintain_order=True).agg(pl.col("value").mean().round(3))
    wide = metrics.pivot("metric", index=key, values="value").select(*key, *SHOWN)
    return sizes.join(wide, on=key, maintain_order="left").sort("scheme", maintain_order=True)


def show(frame: pl.DataFrame) -> None:
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, tbl_hide_column_data_types=True,
                   tbl_hide_dataframe_shape=True, tbl_formatting="ASCII_MARKDOWN"):  # fmt: skip
        print(frame)


if __name__ == "__main__":
    main()
