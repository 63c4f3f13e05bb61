"""Telling people what a run brings: news of their own alerts, and new alerts about whom they follow."""

from datetime import datetime

import polars as pl
from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from cases.act import Kind
from cases.findings import KEY
from cases.tables import Alert, Event, Follow, Notice

FOLLOWS = pl.Schema({"person": pl.String(), "grain": pl.String(), "subject": pl.String()})


def tell_owners(session: Session, after: int) -> None:
    """Tell owners of all events after one, by its id."""
    of_owner = select(Alert.owner, Event.id, literal(None, Notice.seen_at.type)).join(
        Alert, Alert.id == Event.alert_id
    )
    asked = of_owner.where(Event.id > after, Alert.owner.is_not(None))
    session.execute(insert(Notice).from_select(["person", "event_id", "seen_at"], asked))


def tell_followers(
    session: Session, new: pl.DataFrame, speaking: pl.DataFrame, actor: str, at: datetime
) -> None:
    """Tell followers of a buyer or bidder that an alert about it was raised."""
    rows = session.execute(select(Follow.person, Follow.grain, Follow.subject)).all()
    follows = pl.DataFrame([tuple(row) for row in rows], schema=FOLLOWS, orient="row")
    if follows.is_empty():
        return
    named = new.select("id", *KEY).join(speaking, on=KEY).explode("subjects")
    subjects = pl.concat(
        [
            new.select("id", pl.lit("buyer").alias("grain"), pl.col("buyer_name").alias("subject")),
            named.select("id", pl.lit("bidder").alias("grain"), pl.col("subjects").alias("subject")),
        ]
    )
    heard = subjects.join(follows, on=["grain", "subject"]).group_by("id").agg(pl.col("person").unique())
    for alert_id, people in heard.sort("id").iter_rows():
        detail = {"version": 1, "changes": {}}
        event = Event(alert_id=alert_id, at=at, actor=actor, kind=Kind.RAISED.value, detail=detail)
        session.add(event)
        session.flush()
        session.add_all([Notice(person=person, event_id=event.id) for person in people])
