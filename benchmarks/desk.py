"""How quick the desk stays with many alerts: laying a run down, pages of the queue, one alert in full.

    python -m benchmarks.desk --alerts 1000000      # SQLite, in a folder of its own
    python -m benchmarks.desk --alerts 1000000 --url postgresql+psycopg://desk@/desk

Ten readers share one process, as they do in the dashboard. They ask without pause (the hardest case) and then
with a pause of two seconds between questions (people who read). Times are of the queries and of turning rows
into objects; drawing comes on top.
"""

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Engine, text

from cases.database import opened, reading, writing
from cases.detail import detail
from cases.intake import post
from cases.people import appoint
from cases.roles import Role
from cases.search import SCORE_ONLY, Asked, choices, page
from cases.tallying import tally
from detect.kept import Run
from detect.parties import PARTY
from detect.verdict import FOUND

BUYERS, REGIONS, RULES, PEOPLE = 3_000, 90, 60, 30
START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--alerts", type=int, default=100_000)
    asked.add_argument("--url", help="an empty database; by default a file of its own")
    asked.add_argument("--readers", type=int, default=10)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = opened(given.url or f"sqlite:///{Path(folder) / 'cases.db'}")
        told({"alerts": given.alerts, "database": engine.dialect.name})
        told(filled(engine, given.alerts, given.seed))
        for pause in (0.0, 2.0):
            told({f"readers {given.readers}, pause {pause:g} s": {}})
            told(read(engine, given.readers, given.seconds, pause))
        told({"largest resident set, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024})
        engine.dispose()


def told(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        print(f"{name:<36} {value if value != {} else ''}", flush=True)


def filled(engine: Engine, n: int, seed: int) -> dict[str, float]:
    """Lay down a run of `n` alerts, then one in which 2 % changed; close a third and give some away."""
    with writing(engine) as session:
        for i in range(PEOPLE):
            appoint(session, "bench", f"p{i}", Role.SUPERVISOR)
    run, took = made(n, seed), {}
    took["first post, s"] = _timed(lambda: post(engine, run, "bench"))
    _worked(engine)
    new = pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.col("attention") + 1).otherwise("attention")
    later = replace(
        run, alerts=run.alerts.with_columns(new.alias("attention")),
        manifest={**run.manifest, "run_id": "20260106T08-b", "started_at": "2026-01-06T08:00:00+00:00"},
    )  # fmt: skip
    took["second post, 2 % changed, s"] = _timed(lambda: post(engine, later, "bench"))
    return took


def made(n: int, seed: int) -> Run:
    """A run whose alerts look like a province's: few RED, common and rare rules, long titles."""
    rng = np.random.default_rng(seed)
    rare = rng.zipf(1.5, n * 3) % RULES
    rule = pl.Series("rule_id", [f"R{i:02}" for i in range(RULES)]).gather(rare)
    of = np.repeat(np.arange(n), 3)
    hits = pl.DataFrame({"n": of, "rule_id": rule, "level": 2}).unique(["n", "rule_id"], maintain_order=True)
    firms = pl.Series(rng.integers(0, 50_000, hits.height))
    subjects = pl.concat_list(pl.format("B{}", "f"), pl.format("B{}", pl.col("f") + 1)).alias("subjects")
    hits = hits.with_columns(firms.alias("f")).select(
        pl.format("E62{}", pl.col("n").cast(pl.String).str.zfill(18)).alias("tender_id"), "rule_id",
        pl.col("level").cast(pl.Int8), pl.col("level").cast(pl.Int8).alias("found_level"), subjects,
        **{c: pl.lit(None, t) for c, t in FOUND.items()
           if c not in {"rule_id", "level", "found_level", "subjects"}},
    )  # fmt: skip
    rules = hits.group_by("tender_id").agg(pl.col("rule_id").alias("rule_ids"))
    level = rng.choice([4, 3, 2], n, p=[0.02, 0.18, 0.8])
    alerts = pl.DataFrame({"n": np.arange(n), "level": level}).with_columns(
        tender_id=pl.format("E62{}", pl.col("n").cast(pl.String).str.zfill(18)),
        attention=pl.Series(level * 20 + rng.random(n) * 40),
        worth=pl.Series(rng.lognormal(0, 1, n)),
        place=pl.Series(rng.choice(["queue", "left out"], n, p=[0.9, 0.1])),
        score=pl.Series(rng.random(n)),
        title=pl.format("兰州市城关区第{}标段道路改造及附属工程施工（road works, lot {}）", "n", "n"),
        buyer_name=pl.format("某市住房和城乡建设局（{}）", pl.Series(rng.integers(0, BUYERS, n))),
        region=pl.format("62{}", pl.Series(rng.integers(0, REGIONS, n)).cast(pl.String).str.zfill(4)),
        category=pl.format("类别{}", pl.Series(rng.integers(0, 12, n))),
        mechanism=pl.Series(rng.choice(["lowest", "mean_benchmark", "scored"], n)),
        estimate=pl.Series(rng.lognormal(14, 1.5, n)),
        currency=pl.lit("CNY"),
        deadline_at=pl.lit(START) - pl.duration(minutes=pl.lit(pl.Series(rng.integers(0, 2_000_000, n)))),
        n_bids=pl.Series(rng.integers(3, 30, n)),
    )
    frames = {f.name: pl.DataFrame() for f in fields(Run) if f.name != "manifest"}
    frames |= {
        "alerts": alerts.drop("n").join(rules, on="tender_id", how="left"),
        "hits": hits,
        "queue": pl.DataFrame(schema={"tender_id": pl.String, "place": pl.String, "worth": pl.Float64}),
        "scores": pl.DataFrame(schema={"tender_id": pl.String, "level": pl.Int8}),
        "party_alerts": pl.DataFrame(schema={**PARTY, "last_deadline": pl.Datetime("us", "UTC")}),
        "party_hits": pl.DataFrame(schema={**PARTY, **FOUND}),
    }
    manifest = {"run_id": "20260105T08-a", "started_at": START.isoformat(), "records_version": 1}
    return Run(manifest=manifest, **frames)


def _worked(engine: Engine) -> None:
    """What years of work leave: a third closed, one in twenty with an owner, events of both."""
    at = {"at": START + timedelta(days=1)}
    with writing(engine) as session:
        session.execute(text(
            "UPDATE alerts SET state = 'explained', reason = 'FX03', closed_at = :at, version = 2 "
            "WHERE id % 3 = 0"
        ), at)  # fmt: skip
        session.execute(text(
            "UPDATE alerts SET owner = 'p' || (id % 30), state = CASE WHEN closed_at IS NULL "
            "THEN 'in_review' ELSE state END WHERE id % 20 < 1"
        ))  # fmt: skip
        session.execute(text(
            "INSERT INTO events (alert_id, at, actor, kind, text, detail) "
            "SELECT id, :at, 'p1', 'decided', 'x', '{\"version\": 2, \"changes\": {}}' FROM alerts "
            "WHERE id % 3 = 0"
        ), at)  # fmt: skip


QUESTIONS: dict[str, Asked] = {
    "worst": Asked(),
    "worth": Asked(order="worth"),
    "latest deadline": Asked(order="deadline"),
    "due": Asked(order="due"),
    "red": Asked(levels=(4,)),
    "common rule": Asked(rules=("R01",)),
    "rare rule": Asked(rules=("R47",)),
    "two rules or none": Asked(rules=("R02", SCORE_ONLY)),
    "region": Asked(listed={"region": ("620007",)}),
    "buyer": Asked(listed={"buyer": ("某市住房和城乡建设局（77）",)}, order="worth"),
    "mine": Asked(listed={"owner": ("p20",)}),
    "large": Asked(order="amount"),
    "overdue": Asked(overdue=True, order="due"),
    "explained": Asked(states=("explained",)),
    "everywhere": Asked(places=(), order="worst"),
    "common word": Asked(text="道路"),
    "one tender": Asked(text="E62000000000000077777"),
    "rare word": Asked(text="lot 77777"),
}


def read(engine: Engine, readers: int, seconds: float, pause: float) -> dict[str, str]:
    """Median and 95th percentile in milliseconds of each question, while all readers ask."""
    took: dict[str, list[float]] = {name: [] for name in (*QUESTIONS, "alert", "choices")}
    until = time.monotonic() + seconds
    highest = _one(engine, "SELECT max(id) FROM alerts")

    def one(seed: int) -> None:
        rng = np.random.default_rng(seed)
        names = list(took)
        while time.monotonic() < until:
            time.sleep(pause * 2 * rng.random())
            name = str(rng.choice(names))
            alert_id = int(rng.integers(1, highest + 1))
            took[name].append(_timed(lambda: _ask(engine, name, alert_id)) * 1000)  # noqa: B023

    threads = [threading.Thread(target=one, args=(i,)) for i in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [t for name in QUESTIONS for t in took[name]]
    return {name: _figures(times) for name, times in {**took, "all pages": everything}.items() if times}


def _ask(engine: Engine, name: str, alert_id: int) -> None:
    if name == "alert":
        detail(engine, alert_id)
        return
    with reading(engine) as session:
        if name == "choices":
            choices(session, "region")
            return
        page(session, QUESTIONS[name])
        tally(session, QUESTIONS[name])


def _figures(times: list[float]) -> str:
    p50, p95 = np.percentile(times, [50, 95])
    return f"p50 {p50:6,.0f} ms   p95 {p95:6,.0f} ms   of {len(times):,}"


def _one(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return round(time.perf_counter() - start, 4)


if __name__ == "__main__":
    main()
