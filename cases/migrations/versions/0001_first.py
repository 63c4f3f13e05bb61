"""The first form of the desk's tables, and the triggers that keep the log of events and the audit whole."""

import sqlalchemy as sa
from alembic import op

import cases.tables

revision = "0001"
down_revision = None

SOMETIMES = ("owner", "case_id", "original_id", "first_action_at", "closed_at")
"""Columns of alerts that have an index of what is not null."""

KEPT = ("audit", "events")
"""Tables whose rows nobody may change or remove."""

WAITING = "closed_at IS NULL AND place IN ('queue', 'audit')"
HIDDEN = "snoozed_until IS NOT NULL OR suppressed_until IS NOT NULL"
ORDERS = {
    "worst": ("level DESC", "attention DESC"),
    "worth": ("worth DESC?",),
    "amount": ("estimate DESC?",),
    "deadline": ("deadline_at DESC?",),
    "bids": ("n_bids DESC?",),
    "age": ("raised_at",),
    "due": ("due_at",),
}
"""Indexes of all alerts and of the everyday queue; `?` stands for putting nulls last."""

ORDERED = {
    "ix_alerts_standing": ["grain", "place", "state", "level"],
    "ix_alerts_id": ["subject_id"],
}


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False, comment="ISO 8601 in UTC, as it was hashed"),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON, as it was hashed"),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_table(
        "people",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("shown", sa.String(length=200), nullable=False, comment="the name that colleagues see"),
        sa.Column("role", sa.String(length=20), nullable=False, comment="see cases.roles"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "assigned_at",
            cases.tables.Instant(timezone=True),
            nullable=True,
            comment="last time an alert was given to them",
        ),
        sa.PrimaryKeyConstraint("name", name="pk_people"),
    )
    op.create_table(
        "posts",
        sa.Column("run_id", sa.String(length=80), nullable=False, comment="sorts by the run's start"),
        sa.Column("at", cases.tables.Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("records_version", sa.Integer(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False, comment="see cases.intake.Posted"),
        sa.PrimaryKeyConstraint("run_id", name="pk_posts"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False, comment="alert, bidders or buyer"),
        sa.Column("subject", sa.Text(), nullable=False, comment="alert id, bidder ids in order, or buyer"),
        sa.Column("mark", sa.BigInteger(), nullable=False, comment="of those bidders"),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", cases.tables.Instant(timezone=True), nullable=False),
        sa.Column("until", cases.tables.Instant(timezone=True), nullable=False),
        sa.Column("lifted_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_suppressions"),
    )
    op.create_index("ix_suppressions_until", "suppressions", ["until"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("grain", sa.String(length=10), nullable=False, comment="tender, or the grain of a party"),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=False, comment="run that its findings come from"),
        sa.Column(
            "raised_at",
            cases.tables.Instant(timezone=True),
            nullable=False,
            comment="start of the run that named it first",
        ),
        sa.Column("level", sa.Integer(), nullable=False, comment="0 where only the random audit drew it"),
        sa.Column("attention", sa.Double(), nullable=False),
        sa.Column("worth", sa.Double(), nullable=True, comment="see detect.queue"),
        sa.Column("place", sa.String(length=10), nullable=False, comment="queue, audit, left out, or gone"),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("rule_ids", sa.JSON(), nullable=False),
        sa.Column("n_not_evaluable", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True, comment="see detect.linking"),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False, comment="of what the run says of it"),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("buyer_name", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("mechanism", sa.String(length=40), nullable=True),
        sa.Column("estimate", sa.Double(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("deadline_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.Column("n_bids", sa.Integer(), nullable=True),
        sa.Column("n_tenders", sa.Integer(), nullable=True, comment="of a party"),
        sa.Column("state", sa.String(length=20), nullable=False, comment="see cases.workflow"),
        sa.Column("reason", sa.String(length=20), nullable=True, comment="code given with the state"),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("due_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.Column("first_action_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.Column("closed_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.Column("closed_on", sa.JSON(), nullable=True, comment="level and rules when it was closed"),
        sa.Column("snoozed_until", cases.tables.Instant(timezone=True), nullable=True),
        sa.Column(
            "suppressed_until",
            cases.tables.Instant(timezone=True),
            nullable=True,
            comment="till then every finding is explained",
        ),
        sa.Column("original_id", sa.Integer(), nullable=True, comment="of a duplicate"),
        sa.Column(
            "proposed", sa.JSON(), nullable=True, comment="closing of a RED that awaits a second person"
        ),
        sa.Column("determination", sa.Text(), nullable=True, comment="by the evaluation committee"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["original_id"], ["alerts.id"], name="fk_alerts_original_id"),
        sa.ForeignKeyConstraint(["owner"], ["people.name"], name="fk_alerts_owner"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("grain", "subject_id", name="uq_alerts_grain_subject_id"),
    )
    for name, columns in ORDERED.items():
        op.create_index(name, "alerts", columns, unique=False)
    last = " NULLS LAST" if op.get_bind().dialect.name == "postgresql" else ""  # as SQLite does anyway
    for order, keys in ORDERS.items():
        sorting = [sa.text(key.replace("?", last)) for key in keys]
        op.create_index(f"ix_all_{order}", "alerts", ["grain", *sorting, "id"], unique=False)
        op.create_index(
            f"ix_waiting_{order}", "alerts", ["grain", *sorting, "id"],
            unique=False, sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING),
        )  # fmt: skip
    partial: dict[str, tuple[list[str | sa.TextClause], str]] = {
        "ix_alerts_hidden": (["grain", "place"], HIDDEN),
        "ix_alerts_proposed": (["grain", "place"], "proposed IS NOT NULL"),
        **{f"ix_alerts_{c}": ([c], f"{c} IS NOT NULL") for c in SOMETIMES},
    }
    worst = [sa.text("level DESC"), sa.text("attention DESC")]
    op.create_index("ix_state_worst", "alerts", ["grain", "state", *worst, "id"])
    for column in ("buyer_name", "region", "category", "mechanism"):
        op.create_index(f"ix_alerts_{column}", "alerts", [column, *worst, "id"])
    for name, (parts, where) in partial.items():
        condition = sa.text(where)
        op.create_index(name, "alerts", parts, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "standings",
        sa.Column("grain", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "place", "state", "level", name="pk_standings"),
    )
    op.create_table(
        "texts",
        sa.Column("alert_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_texts_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_texts"),
    )
    op.create_table(
        "listings",
        sa.Column("name", sa.String(length=20), nullable=False, comment="see cases.listing.KEPT"),
        sa.Column("value", sa.Text(), nullable=False, comment="- where it is not on record"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", name="pk_listings"),
    )
    op.create_table(
        "follows",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("grain", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_follows_person"),
        sa.PrimaryKeyConstraint("person", "grain", "subject", name="pk_follows"),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_views_person"),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.UniqueConstraint("person", "name", name="uq_views_person_name"),
    )
    op.create_table(
        "baskets",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_baskets_alert_id"),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_baskets_person"),
        sa.PrimaryKeyConstraint("person", "alert_id", name="pk_baskets"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", cases.tables.Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="see cases.act.Kind"),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column(
            "detail", sa.JSON(), nullable=False, comment="`version` after it, `changes`, and more by kind"
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_events_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_alert_id", "events", ["alert_id"], unique=False)
    op.create_index("ix_events_actor", "events", ["actor", "kind", "alert_id"], unique=False)
    op.create_index("ix_events_kind", "events", ["kind", "at"], unique=False)
    op.create_table(
        "fired",
        sa.Column("rule_id", sa.String(length=10), nullable=False),
        sa.Column(
            "mark", sa.BigInteger(), nullable=False, comment="of the bidders it names, see cases.suppress"
        ),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Integer(),
            nullable=False,
            comment="of the strongest such finding; below YELLOW it is context",
        ),
        sa.Column(
            "alert_level",
            sa.Integer(),
            nullable=True,
            comment="null in all but one row of a rule and alert",
        ),
        sa.Column("alert_attention", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_fired_alert_id"),
        sa.PrimaryKeyConstraint("rule_id", "mark", "alert_id", name="pk_fired"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fired_alert_id", "fired", ["alert_id"], unique=False)
    told = sa.text("alert_level IS NOT NULL")
    op.create_index(
        "ix_fired_worst", "fired",
        ["rule_id", sa.text("alert_level DESC"), sa.text("alert_attention DESC"), "alert_id"],
        sqlite_where=told, postgresql_where=told,
    )  # fmt: skip
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_attachments_alert_id"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_attachments_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_alert_id", "attachments", ["alert_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", cases.tables.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_notices_event_id"),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_notices_person"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_person", "notices", ["person", "seen_at"], unique=False)

    for words in SOUGHT[op.get_bind().dialect.name]:
        op.execute(words)
    for table in KEPT:
        _forbid_changes(table)


SOUGHT = {
    "sqlite": (
        "CREATE VIRTUAL TABLE sought USING fts5(grams, content='', columnsize=0, detail=none)",
        f"INSERT INTO sought(sought, rank) VALUES ('hashsize', {64 << 20})",
    ),
    "postgresql": (
        "CREATE TABLE sought (alert_id integer CONSTRAINT pk_sought PRIMARY KEY, grams integer[] NOT NULL)",
        "CREATE INDEX ix_sought_grams ON sought USING gin (grams)",
    ),
}
"""The index of the search box, see `cases.grams`; SQLite gathers 64 MB of it before it writes."""


def _forbid_changes(table: str) -> None:
    told = f"rows of {table} are never changed"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{told}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
        )
