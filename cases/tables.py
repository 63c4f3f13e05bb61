"""The tables of the supervision desk. A change here goes with a migration; a test compares the two."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Moments without a zone are refused, since nobody could say what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Turn to UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give an instant, e.g. datetime.now(UTC).")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """SQLite forgets the zone, which is always UTC."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


class Table(DeclarativeBase):
    """All tables share one way of naming constraints, which migrations need."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {
        datetime: Instant,
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class Person(Table):
    """Somebody who signs in, and the role that says what they may do."""

    __tablename__ = "people"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    shown: Mapped[str] = mapped_column(String(200), comment="the name that colleagues see")
    role: Mapped[str] = mapped_column(String(20), comment="see cases.roles")
    active: Mapped[bool] = mapped_column(default=True)
    assigned_at: Mapped[datetime | None] = mapped_column(comment="last time an alert was given to them")


class Post(Table):
    """A run whose findings were laid on the desk."""

    __tablename__ = "posts"
    run_id: Mapped[str] = mapped_column(String(80), primary_key=True, comment="sorts by the run's start")
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    records_version: Mapped[int | None]
    counts: Mapped[dict[str, Any]] = mapped_column(comment="see cases.intake.Posted")


class Alert(Table):
    """One tender or party that a run named, or that was drawn at random, in the hands of people.

    There is one alert for each subject. Later runs bring its findings up to date; what people did stays.
    `version` counts what an event tells of: a decision made on an older one is refused. It is open as long
    as `closed_at` is null.
    """

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    grain: Mapped[str] = mapped_column(String(10), comment="tender, or the grain of a party")
    subject_id: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str] = mapped_column(String(80), comment="run that its findings come from")
    raised_at: Mapped[datetime] = mapped_column(comment="start of the run that named it first")

    level: Mapped[int] = mapped_column(comment="0 where only the random audit drew it")
    attention: Mapped[float]
    worth: Mapped[float | None] = mapped_column(comment="see detect.queue")
    place: Mapped[str] = mapped_column(String(10), comment="queue, audit, left out, or gone")
    score: Mapped[float | None]
    rule_ids: Mapped[list[str]]
    n_not_evaluable: Mapped[int | None]
    case_id: Mapped[str | None] = mapped_column(Text, comment="see detect.linking")
    fingerprint: Mapped[int] = mapped_column(BigInteger, default=0, comment="of what the run says of it")

    title: Mapped[str | None] = mapped_column(Text)
    buyer_name: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    mechanism: Mapped[str | None] = mapped_column(String(40))
    estimate: Mapped[float | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    deadline_at: Mapped[datetime | None]
    n_bids: Mapped[int | None]
    n_tenders: Mapped[int | None] = mapped_column(comment="of a party")

    state: Mapped[str] = mapped_column(String(20), default="new", comment="see cases.workflow")
    reason: Mapped[str | None] = mapped_column(String(20), comment="code given with the state")
    owner: Mapped[str | None] = mapped_column(ForeignKey("people.name"))
    due_at: Mapped[datetime | None]
    first_action_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_on: Mapped[dict[str, Any] | None] = mapped_column(comment="level and rules when it was closed")
    snoozed_until: Mapped[datetime | None]
    suppressed_until: Mapped[datetime | None] = mapped_column(comment="till then every finding is explained")
    original_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), comment="of a duplicate")
    proposed: Mapped[dict[str, Any] | None] = mapped_column(
        comment="closing of a RED that awaits a second person"
    )
    determination: Mapped[str | None] = mapped_column(Text, comment="by the evaluation committee")
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("grain", "subject_id"),
        Index("ix_alerts_standing", "grain", "place", "state", "level"),
        Index("ix_alerts_id", "subject_id"),
    )


class Words(Table):
    """What the search box looks at: title, buyer and id of an alert, in small letters, in few pages.

    `cases.grams` keeps an index of it, in a form that differs between databases.
    """

    __tablename__ = "texts"
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text)


class Standing(Table):
    """How many alerts stand where; kept by whatever moves an alert, so that nobody has to count them."""

    __tablename__ = "standings"
    grain: Mapped[str] = mapped_column(String(10), primary_key=True)
    place: Mapped[str] = mapped_column(String(10), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class Listing(Table):
    """How many alerts have a value in a column that is filtered by its values; kept by the intake of runs."""

    __tablename__ = "listings"
    name: Mapped[str] = mapped_column(String(20), primary_key=True, comment="see cases.listing.KEPT")
    value: Mapped[str] = mapped_column(Text, primary_key=True, comment="- where it is not on record")
    n: Mapped[int]


SCORE_ONLY = "score"
"""In place of a rule: alerts that no rule raised, only the rarity of their prices."""

GONE = "gone"
"""Place of an alert that the newest run does not raise."""

WAITING = "closed_at IS NULL AND place IN ('queue', 'audit')"
"""What people are asked to look at: the everyday queue, which has its own index for each order."""

HIDDEN = "snoozed_until IS NOT NULL OR suppressed_until IS NOT NULL"
"""Was or is out of sight for a time."""

for _column in (Alert.owner, Alert.case_id, Alert.original_id, Alert.first_action_at, Alert.closed_at):
    Index(
        f"ix_alerts_{_column.key}", _column,
        sqlite_where=text(f"{_column.key} IS NOT NULL"),
        postgresql_where=text(f"{_column.key} IS NOT NULL"),
    )  # fmt: skip

for _name, _where in {
    "hidden": HIDDEN,
    "proposed": "proposed IS NOT NULL",
}.items():
    Index(
        f"ix_alerts_{_name}", Alert.grain, Alert.place,
        sqlite_where=text(_where), postgresql_where=text(_where),
    )  # fmt: skip

_WORST = (Alert.level.desc(), Alert.attention.desc())

for _column in (Alert.buyer_name, Alert.region, Alert.category, Alert.mechanism):
    Index(f"ix_alerts_{_column.key}", _column, *_WORST, Alert.id)

for _order, _keys in {
    "worst": _WORST,
    "worth": (Alert.worth.desc().nulls_last(),),
    "amount": (Alert.estimate.desc().nulls_last(),),
    "deadline": (Alert.deadline_at.desc().nulls_last(),),
    "bids": (Alert.n_bids.desc().nulls_last(),),
    "age": (Alert.raised_at,),
    "due": (Alert.due_at,),
}.items():
    Index(f"ix_all_{_order}", Alert.grain, *_keys, Alert.id)
    Index(
        f"ix_waiting_{_order}", Alert.grain, *_keys, Alert.id,
        sqlite_where=text(WAITING), postgresql_where=text(WAITING),
    )  # fmt: skip

Index("ix_state_worst", Alert.grain, Alert.state, *_WORST, Alert.id)


class Fired(Table):
    """Which rules speak in an alert, and of whom; `rule_ids` again, for filters and counts by rule.

    Where none does, there is one row of `SCORE_ONLY` at level 0. One row of each rule and alert knows how
    the alert stands, so that a rule's alerts are found worst first.
    """

    __tablename__ = "fired"
    rule_id: Mapped[str] = mapped_column(String(10), primary_key=True)
    mark: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, comment="of the bidders it names, see cases.suppress"
    )
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    level: Mapped[int] = mapped_column(comment="of the strongest such finding; below YELLOW it is context")
    alert_level: Mapped[int | None] = mapped_column(comment="null in all but one row of a rule and alert")
    alert_attention: Mapped[float | None]
    __table_args__ = (Index("ix_fired_alert_id", "alert_id"), {"sqlite_with_rowid": False})


Index(
    "ix_fired_worst", Fired.rule_id, Fired.alert_level.desc(), Fired.alert_attention.desc(), Fired.alert_id,
    sqlite_where=text("alert_level IS NOT NULL"), postgresql_where=text("alert_level IS NOT NULL"),
)  # fmt: skip


class Event(Table):
    """What happened to an alert, in order: decisions, notes, statements, new findings. Never changed."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), comment="see cases.act.Kind")
    text: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(comment="`version` after it, `changes`, and more by kind")
    __table_args__ = (
        Index("ix_events_alert_id", "alert_id"),
        Index("ix_events_kind", "kind", "at"),
        Index("ix_events_actor", "actor", "kind", "alert_id"),
    )


class Attachment(Table):
    """A file that somebody put to an alert."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]
    __table_args__ = (Index("ix_attachments_alert_id", "alert_id"),)


class Suppression(Table):
    """A finding that somebody explained for longer than one tender: scope, reason and end.

    It hides alerts whose every finding is explained, and ends by itself.
    """

    __tablename__ = "suppressions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    rule_id: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(10), comment="alert, bidders or buyer")
    subject: Mapped[str] = mapped_column(Text, comment="alert id, bidder ids in order, or buyer")
    mark: Mapped[int] = mapped_column(BigInteger, default=0, comment="of those bidders")
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    until: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_suppressions_until", "until"),)


class Follow(Table):
    """A buyer or bidder that somebody wants to hear of."""

    __tablename__ = "follows"
    person: Mapped[str] = mapped_column(ForeignKey("people.name"), primary_key=True)
    grain: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)


class Notice(Table):
    """Something that a person should see: a mention, an assignment, news of what they follow."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.name"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    seen_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_notices_person", "person", "seen_at"),)


class View(Table):
    """Filters that somebody saved under a name; `query` is the address of the queue."""

    __tablename__ = "views"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.name"))
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("person", "name"),)


class Basket(Table):
    """Alerts that a person put aside to work on together."""

    __tablename__ = "baskets"
    person: Mapped[str] = mapped_column(ForeignKey("people.name"), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), primary_key=True)


class Entry(Table):
    """One link of the audit chain; triggers refuse any change, `cases.audit` finds what got past them."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32), comment="ISO 8601 in UTC, as it was hashed")
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text, comment="JSON, as it was hashed")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
