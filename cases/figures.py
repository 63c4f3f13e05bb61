"""What the desk's work amounts to: how often alerts were right, how long they waited, what became of them.

An alert was *right* if it was handed on or ended in a penalty, *wrong* if it was explained, not established,
not penalised or overturned. A data issue, a duplicate or a watch says neither. Shares come with the numbers
behind them and, where they estimate something, with a 95 % interval (Wilson 1927).
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import case, func, literal_column, not_, select
from sqlalchemy.orm import Session

from cases.search import later
from cases.tables import WAITING, Alert, Event, Fired, Post, Standing
from cases.workflow import DISMISSED, FINAL, OPEN, UPHELD, State
from detect.queue import Place
from detect.terms import Level
from features.catalogue import Grain

RIGHT = UPHELD | {State.PENALISED}
WRONG = frozenset({State.EXPLAINED, State.NOT_ESTABLISHED, State.NOT_PENALISED, State.OVERTURNED})

AGES = {"within a day": 1, "within a week": 7, "within a month": 30}
"""Classes of age of an open alert, in days; what is older is `older`."""


class Share(NamedTuple):
    """So many of so many, with the 95 % interval of the share; nulls where there is nothing to divide by."""

    n: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class Precision(NamedTuple):
    """Of the first alerts of the queue: right of decided ones, and how many say neither or wait."""

    right: Share
    neither: int
    undecided: int


class Conversion(NamedTuple):
    """From alerts to what came of them; each is a part of the one before it."""

    raised: int
    worked_on: int
    handed_on: int
    decided: int
    penalised: int


def share(n: int, of: int) -> Share:
    """A share with its interval.

    >>> share(5, 10)
    Share(n=5, of=10, share=0.5, low=0.237, high=0.763)
    >>> share(0, 0).share is None
    True
    """
    if not of:
        return Share(n, of, None, None, None)
    z, p = 1.96, n / of
    middle, width = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * width) / (1 + z * z / of) for sign in (-1, 1))
    return Share(n, of, round(p, 3), round(low, 3), round(high, 3))


def precision(session: Session, capacity: int) -> Precision:
    """How often the `capacity` most worthwhile tenders of the queue were right, of those decided."""
    first = (
        select(Alert.state)
        .where(Alert.grain == Grain.TENDER.value, Alert.place == Place.QUEUE.value)
        .order_by(Alert.worth.desc().nulls_last(), Alert.id)
        .limit(capacity)
        .subquery()
    )
    counts = _counts(session.execute(select(first.c.state, func.count()).group_by(first.c.state)))
    right, wrong = _sum(counts, RIGHT), _sum(counts, WRONG)
    neither = sum(counts.values()) - right - wrong - _sum(counts, OPEN)
    return Precision(share(right, right + wrong), neither, _sum(counts, OPEN))


def audit(session: Session) -> dict[str, Share]:
    """Right of decided ones in the queue and in the random audit, which says what the rules overlook."""
    found = {}
    for place in (Place.QUEUE.value, Place.AUDIT.value):
        counts = _standing(session, place)
        right = _sum(counts, RIGHT)
        found[place] = share(right, right + _sum(counts, WRONG))
    return found


def conversion(session: Session) -> Conversion:
    """What became of all alerts about tenders; worked on is where anybody did anything."""
    counts = _standing(session)
    final = _sum(counts, FINAL)
    acted = select(func.count()).where(Alert.grain == Grain.TENDER.value, Alert.first_action_at.is_not(None))
    return Conversion(
        sum(counts.values()), session.scalar(acted) or 0, _sum(counts, UPHELD) + final, final,
        _sum(counts, {State.PENALISED}),
    )  # fmt: skip


def by_rule(session: Session) -> pl.DataFrame:
    """The record of each rule: `rule_id, alerts, right, wrong, neither, open, precision, low, high`.

    An alert counts for every rule that speaks in it, so rules that speak together share their record.
    """
    kind = case(
        (Alert.state.in_([s.value for s in RIGHT]), "right"),
        (Alert.state.in_([s.value for s in WRONG]), "wrong"),
        (Alert.closed_at.is_(None), "open"),
        else_="neither",
    ).label("kind")
    speaks = select(Fired.rule_id, Fired.alert_id).where(Fired.level >= Level.YELLOW).distinct().subquery()
    counted = (
        select(speaks.c.rule_id, kind, func.count())
        .join(Alert, Alert.id == speaks.c.alert_id)
        .group_by(speaks.c.rule_id, kind)
    )
    table: dict[str, dict[str, int]] = {}
    for rule, name, n in session.execute(counted):
        table.setdefault(rule, dict.fromkeys(("right", "wrong", "neither", "open"), 0))[name] = n
    rows = [
        {"rule_id": rule, "alerts": sum(n.values()), **n, **_interval(n["right"], n["right"] + n["wrong"])}
        for rule, n in sorted(table.items())
    ]
    numbers = dict.fromkeys(("alerts", "right", "wrong", "neither", "open"), pl.Int64)
    shares = dict.fromkeys(("precision", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={"rule_id": pl.String, **numbers, **shares})


def over_runs(session: Session, most: int = 12) -> pl.DataFrame:
    """In how many alerts each rule spoke, run by run: `rule_id, runs` (one figure per run, in their order).

    Of the last `most` runs that were laid on the desk; 0 where a run let the rule say nothing.
    """
    asked = select(Post.counts).order_by(Post.run_id.desc()).limit(most)
    posts = [counts.get("rules", {}) for counts in session.scalars(asked)][::-1]
    rules = sorted({rule for said in posts for rule in said})
    rows = [{"rule_id": rule, "runs": [said.get(rule, 0) for said in posts]} for rule in rules]
    return pl.DataFrame(rows, schema={"rule_id": pl.String, "runs": pl.List(pl.Int64)})


def dismissals(session: Session) -> pl.DataFrame:
    """Why alerts were dismissed, by rule: `rule_id, state, reason, n`, the most frequent first."""
    counted = (
        select(Fired.rule_id, Alert.state, Alert.reason, func.count(Alert.id.distinct()).label("n"))
        .join(Alert, Alert.id == Fired.alert_id)
        .where(Fired.level >= Level.YELLOW, Alert.state.in_([s.value for s in DISMISSED]))
        .group_by(Fired.rule_id, Alert.state, Alert.reason)
    )
    schema = {"rule_id": pl.String, "state": pl.String, "reason": pl.String, "n": pl.Int64}
    rows = [tuple(row) for row in session.execute(counted)]
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "n", "rule_id", "state", "reason", descending=[True, False, False, False]
    )


def first_action(session: Session, days: int = 90, at: datetime | None = None) -> pl.DataFrame:
    """Hours from an alert to the first act of a person, if in the last days: `level, n, median, p90`."""
    since = (at or datetime.now(UTC)) - timedelta(days=days)
    asked = select(Alert.level, Alert.raised_at, Alert.first_action_at).where(Alert.first_action_at >= since)
    instant = pl.Datetime("us", "UTC")
    rows = [tuple(row) for row in session.execute(asked)]
    found = pl.DataFrame(rows, schema={"level": pl.Int64, "from": instant, "to": instant}, orient="row")
    hours = (pl.col("to") - pl.col("from")).dt.total_seconds() / 3600
    return (
        found.group_by("level")
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            hours.median().alias("median"),
            hours.quantile(0.9).alias("p90"),
        )
        .sort("level", descending=True)
    )


def open_ages(session: Session, at: datetime | None = None) -> pl.DataFrame:
    """The alerts of the everyday queue, as `search.Asked()` has them: `level, age, n, overdue`, by `AGES`."""
    now = at or datetime.now(UTC)
    age = case(
        *((Alert.raised_at > now - timedelta(days=d), name) for name, d in AGES.items()), else_="older"
    ).label("age")
    late = func.sum(case((Alert.due_at < now, 1), else_=0))
    counted = (
        select(Alert.level, age, func.count(), late)
        .where(Alert.grain == Grain.TENDER.value, literal_column(f"({WAITING})"))
        .where(*(not_(later(until, now)) for until in (Alert.snoozed_until, Alert.suppressed_until)))
        .group_by(Alert.level, age)
    )
    schema: dict[str, Any] = {
        "level": pl.Int64,
        "age": pl.Enum([*AGES, "older"]),
        "n": pl.Int64,
        "overdue": pl.Int64,
    }
    rows = [tuple(row) for row in session.execute(counted)]
    return pl.DataFrame(rows, schema=schema, orient="row").sort("level", "age", descending=[True, False])


def acts(session: Session, days: int = 84, at: datetime | None = None) -> pl.DataFrame:
    """Acts and news by week: `week` (its Monday), `kind, n`."""
    since = (at or datetime.now(UTC)) - timedelta(days=days)
    day = func.date(Event.at)
    counted = select(Event.kind, day, func.count()).where(Event.at >= since).group_by(Event.kind, day)
    rows = [(kind, str(of), n) for kind, of, n in session.execute(counted)]
    found = pl.DataFrame(rows, schema={"kind": pl.String, "day": pl.String, "n": pl.Int64}, orient="row")
    week = pl.col("day").str.to_date().dt.truncate("1w").alias("week")
    return found.group_by(week, "kind").agg(pl.col("n").sum()).sort("week", "kind")


def _standing(session: Session, place: str | None = None) -> dict[str, int]:
    """Tender alerts by state."""
    counted = select(Standing.state, func.sum(Standing.n)).where(Standing.grain == Grain.TENDER.value)
    counted = counted.where(Standing.place == place) if place else counted
    return _counts(session.execute(counted.group_by(Standing.state)))


def _counts(rows: Any) -> dict[str, int]:
    return {state: int(n) for state, n in rows}


def _sum(counts: dict[str, int], states: Collection[State]) -> int:
    return sum(counts.get(state.value, 0) for state in states)


def _interval(n: int, of: int) -> dict[str, float | None]:
    found = share(n, of)
    return {"precision": found.share, "low": found.low, "high": found.high}
