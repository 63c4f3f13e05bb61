"""A run laid on the desk: new alerts, news of known ones, and those that it raises no longer.

All of it in one transaction. What people did stays: a run brings findings up to date, says what changed in
the alert's events, and takes a dismissed alert up again when something speaks that did not at its closing.
While a run is laid down, acts of people wait and readers do not.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, Select, Text, cast, delete, func, insert, select, text
from sqlalchemy.orm import Session

from cases import audit, grams, listing, standing, suppress
from cases.act import Kind
from cases.compare import KNOWN, Plan, plan
from cases.database import writing
from cases.findings import KEY, fired, rows
from cases.following import tell_followers, tell_owners
from cases.rows import (
    CHUNK,
    count_from,
    insert_rows,
    is_postgresql,
    roomy,
    settle,
    update_alerts,
    without_indexes,
)
from cases.tables import SCORE_ONLY, Alert, Event, Fired, Post, Standing, Suppression, Words
from cases.workflow import State
from detect.kept import Run
from detect.queue import Place
from features.catalogue import Grain
from records.source import Busy
from records.tables import Market

LAST = "award"
"""The point of a run at which all is known (`detect.points.RunPoint`)."""

LITTLE = 0.01
"""A run that moves a smaller share of the alerts leaves queries as they are planned."""

FLOOD = 4
"""A run that makes so many times the alerts of the desk files them all at once, see `_filing`."""


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
        Busy: a later run has been posted meanwhile.

    """
    speaking = fired(run)
    said = rows(run, speaking, market)
    with writing(engine) as session:
        _alone(session)
        roomy(session)
        newest = session.scalar(select(func.max(Post.run_id)))
        if newest == run.run_id:
            return Posted(run.run_id, already=True)
        if newest is not None and newest > run.run_id:
            raise Busy(
                f"Run {run.run_id} is older than {newest}, which is on the desk", "bidlens score",
                "Score the records again.",
            )  # fmt: skip
        known = _known(session, run, said)
        if scope := run.manifest.get("scope"):
            known, said = _in_scope(known, said, scope["point"])
        done = _write(session, actor, run, said, speaking, known)
        n_alerts = session.scalar(select(func.sum(Standing.n))) or 0
        session.add(Post(
            run_id=run.run_id, at=datetime.now(UTC), actor=actor, counts=asdict(done),
            records_version=run.manifest["records_version"],
        ))  # fmt: skip
        audit.append(session, actor, "run.post", run.run_id, **asdict(done))
    if done.new + done.changed + done.gone > LITTLE * n_alerts:
        settle(engine)
    return done


def _write(
    session: Session, actor: str, run: Run, said: pl.DataFrame, speaking: pl.DataFrame, known: pl.DataFrame
) -> Posted:
    at = datetime.now(UTC)
    started = datetime.fromisoformat(run.manifest["started_at"])
    first = (session.scalar(select(func.max(Alert.id))) or 0) + 1
    found = plan(known, said, speaking, first)
    raised = pl.lit(started, pl.Datetime("us", "UTC")).alias("raised_at")
    begun = {"run_id": pl.lit(run.run_id), "state": pl.lit(State.NEW.value), "version": pl.lit(1)}
    with _filing(session, found.new.height, first - 1):
        insert_rows(session, "alerts", found.new.with_columns(raised, **begun))
        count_from(session, found.new)
        update_alerts(session, found.changed.with_columns(pl.lit(run.run_id).alias("run_id")))
        _take_up(session, found.news)
        _silence(session, found)
        _speak(session, found, speaking)
    last = session.scalar(select(func.max(Event.id))) or 0
    _tell(session, found.news, actor, run.run_id, at)
    tell_owners(session, last)
    tell_followers(session, found.new, speaking, actor, at)
    _explain(session, at)
    standing.count(session)
    listing.count(session)
    return Posted(run.run_id, rules=_rules(said, speaking), **found.counts())  # type: ignore[arg-type]


def _rules(said: pl.DataFrame, speaking: pl.DataFrame) -> dict[str, int]:
    of_alerts = speaking.join(said, on=KEY, how="semi").group_by("rule_id")
    return dict(of_alerts.agg(pl.struct(KEY).n_unique()).sort("rule_id").iter_rows())


def _filing(session: Session, new: int, before: int) -> AbstractContextManager[None]:
    """Without indexes while the first run or a far larger one is written.

    On PostgreSQL readers wait meanwhile; on SQLite they see the desk as it was.
    """
    flood = new > FLOOD * before
    return without_indexes(session, ("alerts", "fired", "sought")) if flood else nullcontext()


def _known(session: Session, run: Run, said: pl.DataFrame) -> pl.DataFrame:
    """The alerts on the desk of which the run speaks, as `cases.compare.KNOWN`: all, or those of its scope.

    What a run of some tenders does not speak of it neither changes nor calls gone. Of what a full run says
    again, the key alone is read.
    """
    table = Alert.__table__.c
    as_text = {"rule_ids", "closed_on"}
    asked = select(*(cast(table[c], Text) if c in as_text else table[c] for c in KNOWN))
    if "scope" in run.manifest:
        of_tender = asked.where(table.grain == Grain.TENDER.value)
        tenders = run.scores["tender_id"]
        told = [
            _read(session, of_tender.where(table.subject_id.in_(ids)), list(KNOWN)) for ids in _parts(tenders)
        ]
        return pl.concat([KNOWN.to_frame(), *told])
    key = [c for c in KNOWN if c in {"id", *KEY, "fingerprint"}]
    every = _read(session, select(*(table[c] for c in key)), key)
    others = every.join(said, on=[*KEY, "fingerprint"], how="anti")["id"]
    told = [_read(session, asked.where(table.id.in_(ids)), list(KNOWN)) for ids in _parts(others)]
    same = every.join(said, on=[*KEY, "fingerprint"], how="semi")
    return pl.concat([KNOWN.to_frame(), *told, same], how="diagonal")


def _parts(values: pl.Series) -> Iterator[list[Any]]:
    return (values.slice(at, CHUNK).to_list() for at in range(0, len(values), CHUNK))


def _read(session: Session, asked: Select[Any], columns: list[str]) -> pl.DataFrame:
    schema = pl.Schema({c: KNOWN[c] for c in columns})
    parts = session.execute(asked.execution_options(yield_per=50_000)).partitions()
    frames = (pl.DataFrame([tuple(row) for row in part], schema=schema, orient="row") for part in parts)
    return pl.concat([schema.to_frame(), *frames])


def _in_scope(known: pl.DataFrame, said: pl.DataFrame, point: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a run of some tenders can speak of.

    Audits are drawn by full runs, so that none is called gone here. A run before the award cannot see what
    came after: where the desk knows more, it changes nothing, and nothing is gone for it.
    """
    drawn = (pl.col("level") == 0) & (pl.col("place") == Place.AUDIT.value)
    known = pl.concat([known.filter(~drawn), known.filter(drawn).join(said, on=KEY, how="semi")])
    if point == LAST:
        return known, said
    none = pl.lit([], pl.List(pl.String))
    before = pl.col("rule_ids").str.json_decode(pl.List(pl.String)).fill_null(none)
    both = known.join(said, on=KEY, suffix="_now")
    more = both.filter(before.list.set_difference("rule_ids_now").list.len() > 0)
    heard = known.join(said, on=KEY, how="semi").join(more, on=KEY, how="anti")
    return heard, said.join(more, on=KEY, how="anti")


def _take_up(session: Session, news: pl.DataFrame) -> None:
    """Open what has to be read again, and bring back what was put off when something new speaks."""
    awake = news.filter(pl.col("kind").is_in([Kind.FINDINGS.value, Kind.REOPENED.value]))
    update_alerts(session, awake.select("id", snoozed_until=pl.lit(None)))
    reopened = news.filter(pl.col("kind") == Kind.REOPENED.value)
    nothing = {c: pl.lit(None) for c in ("closed_at", "closed_on", "reason", "original_id")}
    update_alerts(session, reopened.select("id", state=pl.lit(State.IN_REVIEW.value), **nothing))


def _silence(session: Session, found: Plan) -> None:
    """Mark what the run does not raise; 0 is the fingerprint of nothing."""
    gone = found.news.filter(pl.col("kind") == Kind.GONE.value)
    update_alerts(session, gone.select("id", "place", "version", fingerprint=pl.lit(0)))
    update_alerts(session, found.unsaid.to_frame().select("id", fingerprint=pl.lit(0)))


def _speak(session: Session, found: Plan, speaking: pl.DataFrame) -> None:
    """Keep which rules speak in what is new or changed, and what the search box looks at."""
    _forget(session, found.changed["id"])
    said = pl.concat(
        [
            frame.select("id", *KEY, "level", "attention", "title", "buyer_name")
            for frame in (found.new, found.changed)
        ]
    )
    alone = said.filter(pl.col("level") > 0).join(speaking, on=KEY, how="anti").select(
        *KEY, pl.lit(SCORE_ONLY).alias("rule_id"), pl.lit(0, pl.Int64).alias("mark"),
        pl.lit(0, pl.Int64).alias("level"),
    )  # fmt: skip
    standing = said.select(*KEY, alert_id="id", alert_level="level", alert_attention="attention")
    once = pl.struct("rule_id", "alert_id").is_first_distinct()
    rows = (
        pl.concat([speaking.select(alone.columns), alone])
        .join(standing, on=KEY)
        .sort("rule_id", "mark", "alert_id")
        .with_columns(pl.when(once).then(c).alias(c) for c in ("alert_level", "alert_attention"))
    )
    insert_rows(session, "fired", rows.drop(KEY))
    words = pl.concat_str("title", "buyer_name", "subject_id", separator="\n", ignore_nulls=True)
    texts = said.select(alert_id="id", words=words.str.to_lowercase()).sort("alert_id")
    insert_rows(session, "texts", texts)
    grams.keep(session, texts)


def _forget(session: Session, changed: pl.Series) -> None:
    """Take out what was said of alerts that change."""
    for at in range(0, len(changed), CHUNK):
        ids = changed.slice(at, CHUNK).to_list()
        found = session.execute(select(Words.alert_id, Words.words).where(Words.alert_id.in_(ids)))
        schema = {"alert_id": pl.Int64, "words": pl.String}
        grams.drop(session, pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row"))
        for table in (Fired, Words):
            session.execute(
                delete(table).where(table.alert_id.in_(ids)).execution_options(synchronize_session=False)
            )


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
    if is_postgresql(session):
        session.execute(text("LOCK TABLE alerts IN EXCLUSIVE MODE"))
        suppress.one_at_a_time(session)
