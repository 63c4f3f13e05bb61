"""A run laid on the desk: new alerts, news of known ones, and those that it raises no longer.

All of it in one transaction. What people did stays: a run brings findings up to date, says what changed in
the alert's events, and takes a dismissed alert up again when something speaks that did not at its closing.
While a run is laid down, acts of people wait and readers do not.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, Text, bindparam, cast, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from cases import audit, standing, suppress
from cases.act import Kind
from cases.compare import KNOWN, Plan, plan
from cases.database import writing
from cases.findings import KEY, fired, rows
from cases.following import tell_followers, tell_owners
from cases.tables import Alert, Event, Fired, Post, Standing, Suppression, Table, Words
from cases.workflow import State
from detect.score import Run
from records.source import BadInput
from records.tables import Market

CHUNK = 10_000
LITTLE = 0.01
"""A run that moves a smaller share of the alerts leaves queries as they are planned."""


@dataclass(frozen=True)
class Posted:
    """How many alerts a run made, changed, brought back, took up again, or raises no longer.

    `changed` are those of which the run says something else, if only another attention; `news` those of
    them whose rules or level changed. `rules` counts the alerts in which each rule speaks, context included.
    """

    run_id: str
    already: bool = False
    new: int = 0
    changed: int = 0
    news: int = 0
    back: int = 0
    reopened: int = 0
    gone: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)


def post(engine: Engine, run: Run, actor: str, market: Market | None = None) -> Posted:
    """Lay the alerts of a run on the desk. The same run again changes nothing.

    Args:
        engine: of the desk's database.
        run: alerts in all places, tenders drawn for audit (at level 0), and parties.
        actor: who did it; a command names the account of the machine.
        market: the records that the run read, for the titles of audited tenders.

    Raises:
        BadInput: a later run has been posted.

    """
    said, speaking = rows(run, market), fired(run)
    with writing(engine) as session:
        _alone(session)
        _roomy(session)
        newest = session.scalar(select(func.max(Post.run_id)))
        if newest == run.run_id:
            return Posted(run.run_id, already=True)
        if newest is not None and newest > run.run_id:
            raise BadInput(
                f"Run {run.run_id} is older than {newest}, which is on the desk", "bidlens score",
                "Score the records again.",
            )  # fmt: skip
        done = _write(session, actor, run, said, speaking)
        n_alerts = session.scalar(select(func.sum(Standing.n))) or 0
        session.add(Post(
            run_id=run.run_id, at=datetime.now(UTC), actor=actor, counts=asdict(done),
            records_version=run.manifest["records_version"],
        ))  # fmt: skip
        audit.append(session, actor, "run.post", run.run_id, **asdict(done))
    if done.new + done.changed + done.gone > LITTLE * n_alerts:
        _settle(engine)
    return done


def _write(session: Session, actor: str, run: Run, said: pl.DataFrame, speaking: pl.DataFrame) -> Posted:
    at = datetime.now(UTC)
    started = datetime.fromisoformat(run.manifest["started_at"])
    first = (session.scalar(select(func.max(Alert.id))) or 0) + 1
    found = plan(_known(session), said, speaking, first)
    raised = pl.lit(started, pl.Datetime("us", "UTC")).alias("raised_at")
    _insert(session, Alert, found.new.with_columns(raised, pl.lit(run.run_id).alias("run_id")))
    _update(session, found.changed.with_columns(pl.lit(run.run_id).alias("run_id")))
    _take_up(session, found.news)
    _silence(session, found)
    _speak(session, found, speaking)
    last = session.scalar(select(func.max(Event.id))) or 0
    _tell(session, found.news, actor, run.run_id, at)
    tell_owners(session, last)
    tell_followers(session, found.new, speaking, actor, at)
    _explain(session, at)
    standing.count(session)
    return Posted(run.run_id, rules=_rules(said, speaking), **found.counts())  # type: ignore[arg-type]


def _rules(said: pl.DataFrame, speaking: pl.DataFrame) -> dict[str, int]:
    of_alerts = speaking.join(said, on=KEY, how="semi").group_by("rule_id")
    return dict(of_alerts.agg(pl.struct(KEY).n_unique()).sort("rule_id").iter_rows())


def _known(session: Session) -> pl.DataFrame:
    """All alerts on the desk, as `cases.compare.KNOWN`."""
    table = Alert.__table__.c
    as_text = {"rule_ids", "closed_on"}
    asked = select(*(cast(table[c], Text) if c in as_text else table[c] for c in KNOWN))
    parts = session.execute(asked.execution_options(yield_per=50_000)).partitions()
    frames = (pl.DataFrame([tuple(row) for row in part], schema=KNOWN, orient="row") for part in parts)
    return pl.concat([KNOWN.to_frame(), *frames])


def _insert(session: Session, table: type[Table], frame: pl.DataFrame) -> None:
    for part in frame.iter_slices(CHUNK):
        session.execute(insert(table.__table__), part.to_dicts())  # type: ignore[arg-type]
    if table is Alert and frame.height and session.get_bind().dialect.name == "postgresql":
        last = {"last": frame["id"].max()}
        session.execute(text("SELECT setval(pg_get_serial_sequence('alerts', 'id'), :last)"), last)


def _update(session: Session, frame: pl.DataFrame) -> None:
    columns = [c for c in frame.columns if c not in {"id", *KEY}]
    table = Alert.__table__
    change = update(table).where(table.c.id == bindparam("_id")).values({c: bindparam(c) for c in columns})  # type: ignore[arg-type]
    for part in frame.rename({"id": "_id"}).drop(*KEY, strict=False).iter_slices(CHUNK):
        session.connection().execute(change, part.to_dicts())


def _take_up(session: Session, news: pl.DataFrame) -> None:
    """Open what has to be read again, and bring back what was put off when something new speaks."""
    awake = news.filter(pl.col("kind").is_in([Kind.FINDINGS.value, Kind.REOPENED.value]))
    _update(session, awake.select("id", snoozed_until=pl.lit(None)))
    reopened = news.filter(pl.col("kind") == Kind.REOPENED.value)
    nothing = {c: pl.lit(None) for c in ("closed_at", "closed_on", "reason", "original_id")}
    _update(session, reopened.select("id", state=pl.lit(State.IN_REVIEW.value), **nothing))


def _silence(session: Session, found: Plan) -> None:
    """Mark what the run does not raise; 0 is the fingerprint of nothing."""
    gone = found.news.filter(pl.col("kind") == Kind.GONE.value)
    _update(session, gone.select("id", "place", "version", fingerprint=pl.lit(0)))
    _update(session, found.unsaid.to_frame().select("id", fingerprint=pl.lit(0)))


def _speak(session: Session, found: Plan, speaking: pl.DataFrame) -> None:
    """Keep which rules speak in what is new or changed, and what the search box looks at."""
    for table in (Fired.__table__, Words.__table__):
        drop = delete(table).where(table.c.alert_id == bindparam("id"))  # type: ignore[arg-type]
        for part in found.changed.select("id").iter_slices(CHUNK):
            session.connection().execute(drop, part.to_dicts())
    said = pl.concat(
        [frame.select("id", *KEY, "title", "buyer_name") for frame in (found.new, found.changed)]
    )
    rows = speaking.join(said, on=KEY).select("rule_id", "mark", "level", alert_id="id")
    _insert(session, Fired, rows.sort("rule_id", "mark", "alert_id"))
    words = pl.concat_str("title", "buyer_name", "subject_id", separator="\n", ignore_nulls=True)
    _insert(session, Words, said.select(alert_id="id", words=words.str.to_lowercase()))


def _tell(session: Session, news: pl.DataFrame, actor: str, run_id: str, at: datetime) -> None:
    for part in news.iter_slices(CHUNK):
        of_all = {"at": at, "actor": actor}
        events = [
            {"alert_id": e["id"], "kind": e["kind"], "detail": _detail(e, run_id), **of_all}
            for e in part.to_dicts()
        ]
        session.execute(insert(Event.__table__), events)  # type: ignore[arg-type]


def _detail(e: dict[str, Any], run_id: str) -> dict[str, Any]:
    return {"run": run_id, "rules": e["added"], "version": e["version"], "changes": _changes(e)}


def _changes(e: dict[str, Any]) -> dict[str, list[Any]]:
    reopened = e["kind"] == Kind.REOPENED.value
    pairs = {
        "level": (e["level_then"], e["level"]),
        "place": (e["place_then"], e["place"]),
        "rule_ids": (e["rules_then"], e["rules_now"]),
        "state": (e["state"], State.IN_REVIEW.value if reopened else e["state"]),
    }
    return {name: [then, now] for name, (then, now) in pairs.items() if then != now}


def _explain(session: Session, at: datetime) -> None:
    """Work suppressions out anew for whatever they may cover."""
    rules = set(session.scalars(select(Suppression.rule_id).where(Suppression.until > at)))
    if rules:
        suppress.refresh(session, at, select(Fired.alert_id).where(Fired.rule_id.in_(rules)))


def _alone(session: Session) -> None:
    """Let no act of a person come between reading what is known and writing what changed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE alerts IN EXCLUSIVE MODE"))
        suppress.one_at_a_time(session)


def _roomy(session: Session) -> None:
    """Let SQLite hold the indexes in memory while it fills them; small pages of it serve everyday work."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA cache_size = -200000"))


def _settle(engine: Engine) -> None:
    """Let the database look at its rows again, so that it plans queries by what is there now."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) alerts, fired, texts")
        return
    with writing(engine) as session:
        session.execute(text("ANALYZE"))
