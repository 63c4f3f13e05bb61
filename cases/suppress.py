"""Explaining a finding for longer than one look: what is suppressed, for whom, until when.

An alert disappears from the queue while every rule that speaks in it is explained, and comes back by itself
when the first explanation ends. RED never disappears: hiding it is closing it, which takes two persons.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Select, case, cast, func, literal_column, or_, select, text, update
from sqlalchemy import String as Text
from sqlalchemy.orm import Session

from cases.act import Act, Kind, Unfit, acting, words
from cases.roles import May
from cases.tables import Alert, Fired, Suppression
from cases.workflow import REASONS, State
from detect.terms import Level

LONGEST = timedelta(days=730)
"""An explanation has to be renewed after so long: offices move, people change."""


class Scope(StrEnum):
    """What a suppression of a rule covers."""

    ALERT = "alert"
    BIDDERS = "bidders"
    """Findings about exactly these bidders, in every tender."""
    BUYER = "buyer"


def mark(bidders: Collection[str]) -> int:
    """A number for a set of bidders; 0 for a finding that names none.

    >>> mark(["B", "A"]) == mark(["A", "B"]) != mark(["A"]), mark([])
    (True, 0)
    """
    if not bidders:
        return 0
    joined = "\x1f".join(sorted(set(bidders))).encode()
    return int.from_bytes(hashlib.sha256(joined).digest()[:8], "big", signed=True)


def suppress(
    engine: Engine,
    actor: str,
    alert_id: int,
    rule_id: str,
    scope: Scope,
    *,
    reason: str,
    text: str,
    until: datetime,
    bidders: Sequence[str] = (),
) -> Suppression:
    """Explain what a rule finds, from one alert on, until a moment.

    Args:
        engine: of the desk's database.
        actor: somebody who may suppress.
        alert_id: the alert that shows the finding.
        rule_id: a rule that speaks in it.
        scope: the alert alone, the same bidders everywhere, or everything of the same buyer.
        reason: a code of `REASONS[State.EXPLAINED]`.
        text: why it is innocent.
        until: when the explanation ends.
        bidders: for `Scope.BIDDERS`: those whom the finding names.

    Raises:
        Refused: the role does not have the act.
        Unfit: the rule does not speak there or of these bidders, the reason is unknown, or the end is not
            ahead or too far.

    """
    said = words(text, "suppression")
    if reason not in REASONS[State.EXPLAINED]:
        those = ", ".join(REASONS[State.EXPLAINED])
        raise Unfit(
            f"{reason!r} is no reason; choose one of {those}.", f"{reason} 不是可用的理由；可选：{those}。"
        )
    with acting(engine, actor, May.SUPPRESS) as act:
        if not act.at < until <= act.at + LONGEST:
            raise Unfit(
                f"The end has to lie ahead, by {LONGEST.days} days at most; it is {until}.",
                f"截止时间须在今后 {LONGEST.days} 天以内，现为 {until:%Y-%m-%d %H:%M}。",
            )
        alert = act.alert(alert_id)
        one_at_a_time(act.session)
        subject, number = _subject(act.session, alert, rule_id, scope, bidders)
        made = Suppression(
            rule_id=rule_id, scope=scope.value, subject=subject, mark=number, reason=reason, text=said,
            actor=actor, at=act.at, until=until,
        )  # fmt: skip
        act.session.add(made)
        act.session.flush()
        refresh(act.session, act.at, _affected(made))
        act.tell(
            alert, Kind.SUPPRESSED, said, suppression=made.id, rule=rule_id, scope=scope.value,
            subject=subject, reason=reason, until=until.isoformat(),
        )  # fmt: skip
        return made


def lift(engine: Engine, actor: str, suppression_id: int, text: str) -> Suppression:
    """End a suppression before its time; what it hid comes back.

    Raises:
        Refused: the role does not have the act.
        Unfit: there is none, or it has ended.

    """
    said = words(text, "lifting")
    with acting(engine, actor, May.SUPPRESS) as act:
        one_at_a_time(act.session)
        found = act.session.get(Suppression, suppression_id)
        if found is None or found.lifted_at is not None or found.until <= act.at:
            raise Unfit(
                f"There is no suppression {suppression_id} in force.", f"没有生效中的屏蔽 {suppression_id}。"
            )
        found.lifted_at = act.at
        act.session.flush()
        refresh(act.session, act.at, _affected(found))
        _tell_lifted(act, found, said)
        return found


def in_force(session: Session, at: datetime | None = None) -> list[Suppression]:
    """All suppressions that hold at a moment, those that end first on top."""
    asked = _holding(select(Suppression), at or datetime.now(UTC))
    return list(session.scalars(asked.order_by(Suppression.until, Suppression.id)))


def of_alert(session: Session, alert: Alert, at: datetime | None = None) -> list[Suppression]:
    """The suppressions that hold and cover a finding of this alert."""
    asked = select(Fired.rule_id, Fired.mark).where(Fired.alert_id == alert.id)
    marks = session.execute(asked).all()
    speaking = {rule: {m for r, m in marks if r == rule} for rule in alert.rule_ids}

    def covers(s: Suppression) -> bool:
        if s.scope == Scope.BIDDERS:
            return s.mark in speaking[s.rule_id]
        return s.subject == (str(alert.id) if s.scope == Scope.ALERT else alert.buyer_name)

    return [s for s in in_force(session, at) if s.rule_id in speaking and covers(s)]


def refresh(session: Session, at: datetime, affected: Select[Any]) -> None:
    """Work out anew until when the alerts that `affected` selects the ids of are explained."""
    covers = or_(
        (Suppression.scope == Scope.ALERT.value) & (Suppression.subject == cast(Alert.id, Text)),
        (Suppression.scope == Scope.BUYER.value) & (Suppression.subject == Alert.buyer_name),
        (Suppression.scope == Scope.BIDDERS.value) & (Suppression.mark == Fired.mark),
    )
    until = (
        _holding(select(func.max(Suppression.until)), at)
        .where(Suppression.rule_id == Fired.rule_id, covers)
        .correlate(Fired, Alert)
        .scalar_subquery()
    )
    speaks = (Fired.alert_id == Alert.id) & (Fired.level >= Level.YELLOW)
    each = select(until.label("until")).where(speaks).correlate(Alert).subquery()
    covered = func.count(literal_column("*")) == func.count(each.c.until)
    soonest = select(case((covered, func.min(each.c.until)))).select_from(each).scalar_subquery()
    hidden = case((Alert.level < Level.RED, soonest))
    session.execute(
        update(Alert).where(Alert.id.in_(affected)).values(suppressed_until=hidden),
        execution_options={"synchronize_session": False},
    )


def one_at_a_time(session: Session) -> None:
    """Let two who change suppressions wait for each other instead of for each other's alerts."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(6216)"))


def _holding(asked: Select[Any], at: datetime) -> Select[Any]:
    return asked.where(Suppression.lifted_at.is_(None), Suppression.until > at)


def _affected(s: Suppression) -> Select[Any]:
    fired = select(Fired.alert_id).where(Fired.rule_id == s.rule_id)
    if s.scope == Scope.ALERT:
        return fired.where(Fired.alert_id == int(s.subject))
    if s.scope == Scope.BIDDERS:
        return fired.where(Fired.mark == s.mark)
    return select(Alert.id).where(Alert.buyer_name == s.subject, Alert.id.in_(fired))


def _subject(
    session: Session, alert: Alert, rule_id: str, scope: Scope, bidders: Sequence[str]
) -> tuple[str, int]:
    marks = set(
        session.scalars(select(Fired.mark).where(Fired.alert_id == alert.id, Fired.rule_id == rule_id))
    )
    if not marks:
        raise Unfit(
            f"Rule {rule_id!r} does not speak in alert {alert.id}; these do: {', '.join(alert.rule_ids)}.",
            f"规则 {rule_id} 未在线索 {alert.id} 中命中；命中的规则：{'、'.join(alert.rule_ids)}。",
        )
    if scope == Scope.ALERT:
        return str(alert.id), 0
    if scope == Scope.BUYER:
        if alert.buyer_name is None:
            raise Unfit(
                f"The buyer of alert {alert.id} is not on record.", f"线索 {alert.id} 的招标人没有记录。"
            )
        return alert.buyer_name, 0
    if not bidders or mark(bidders) not in marks:
        raise Unfit(
            f"Rule {rule_id!r} says nothing of exactly these bidders in alert {alert.id}: {bidders}.",
            f"规则 {rule_id} 在线索 {alert.id} 中没有恰好涉及这些投标人：{'、'.join(bidders)}。",
        )
    return "|".join(sorted(set(bidders))), mark(bidders)


def _tell_lifted(act: Act, s: Suppression, said: str) -> None:
    detail = {"rule": s.rule_id, "scope": s.scope, "subject": s.subject, "text": said}
    act.log("suppression.lift", f"suppression {s.id}", **detail)
