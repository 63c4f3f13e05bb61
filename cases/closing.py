"""Decisions: what an alert came to, who says so, and the second person that a RED takes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from sqlalchemy import Engine, select

from cases.act import Act, Kind, Unfit, acting, is_open, words
from cases.owning import notify, seconds
from cases.roles import May
from cases.tables import Alert, Fired
from cases.workflow import DISMISSED, OPEN, REASONS, WAYS, State, needs_second
from detect.terms import Level
from features.catalogue import Grain

BY_OTHER_ACTS = {State.NEW, State.ASSIGNED, State.DUPLICATE}
"""States that assigning and linking set, see `cases.owning` and `duplicate`."""

WATCHED = timedelta(days=90)
"""How long an alert is watched unless somebody says otherwise."""

LONGEST_WATCH = timedelta(days=366)


def decide(
    engine: Engine,
    actor: str,
    alert_id: int,
    version: int,
    state: State,
    *,
    reason: str | None = None,
    text: str = "",
    until: datetime | None = None,
) -> Alert:
    """Move an alert to a state, with the reason that the state asks for, and words.

    For a RED this only proposes it: another person who may approve has to confirm. What is watched stays
    open: it is out of sight until a moment, `WATCHED` from now by default, or until something new is found.
    A committee is said to have confirmed only what it has determined.

    Raises:
        Refused: the role does not have the act.
        Changed: the alert was changed after it was read.
        Unfit: no way leads there, the reason, the words or the determination are missing, the moment has
            passed or is too far off, or a proposal waits.

    """
    if state in BY_OTHER_ACTS:
        raise Unfit(
            f"State {state.value!r} is set by assigning or by linking to an original.",
            "此状态由分派或合并到原线索产生，不能直接选择。",
        )
    said = words(text, "decision", needed=state not in OPEN - {State.WATCH})
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        _check(alert, state, reason)
        result = _Result(state, reason, until=_watched_until(act, state, until))
        return _done_or_proposed(act, alert, result, said)


def duplicate(engine: Engine, actor: str, alert_id: int, version: int, original_id: int, text: str) -> Alert:
    """Close an alert as saying the same as another one, to which it is linked.

    Raises:
        Refused, Changed, Unfit: as `decide`; or the original is the alert itself or a duplicate.

    """
    said = words(text, "link to an original")
    with acting(engine, actor, May.WORK) as act:
        alert, original = act.alert(alert_id, version), act.session.get(Alert, original_id)
        _check(alert, State.DUPLICATE, None)
        if original is None or original.id == alert.id:
            raise Unfit(
                f"Alert {original_id} cannot be the original of alert {alert_id}.",
                f"线索 {original_id} 不能作为线索 {alert_id} 的原线索。",
            )
        if original.original_id is not None:
            raise Unfit(
                f"Alert {original_id} is itself a duplicate; link to its original {original.original_id}.",
                f"线索 {original_id} 本身是重复线索；请合并到其原线索 {original.original_id}。",
            )
        return _done_or_proposed(act, alert, _Result(State.DUPLICATE, original=original_id), said)


def confirm(engine: Engine, actor: str, alert_id: int, version: int, text: str = "") -> Alert:
    """Agree, as the second person, to what another one proposed for a RED.

    Raises:
        Refused, Changed: as `decide`.
        Unfit: nothing is proposed, or the same person proposed it.

    """
    said = words(text, "confirmation", needed=False)
    with acting(engine, actor, May.APPROVE) as act:
        alert = act.alert(alert_id, version)
        proposal = _proposal(alert)
        if proposal["by"] == actor:
            raise Unfit(
                "You proposed this yourself; another person has to confirm it.",
                "此建议由您本人提出，须由另一人确认。",
            )
        alert.proposed = None
        _move(act, alert, _Result.of(proposal))
        event = act.tell(alert, Kind.CONFIRMED, said, proposal=proposal)
        notify(act.session, event, [proposal["by"]])
        return alert


def reject(engine: Engine, actor: str, alert_id: int, version: int, text: str) -> Alert:
    """Decline a proposed closing of a RED; whoever proposed it may take it back, too.

    Raises:
        Refused, Changed, Unfit: as `confirm`.

    """
    said = words(text, "rejection")
    with acting(engine, actor, May.APPROVE) as act:
        alert = act.alert(alert_id, version)
        proposal = _proposal(alert)
        alert.proposed = None
        event = act.tell(alert, Kind.REJECTED, said, proposal=proposal)
        notify(act.session, event, [n for n in (proposal["by"],) if n != actor])
        return alert


def reopen(engine: Engine, actor: str, alert_id: int, version: int, text: str) -> Alert:
    """Take a closed alert up again.

    Raises:
        Refused, Changed: as `decide`.
        Unfit: it is open, or there are no words.

    """
    said = words(text, "reopening")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        if is_open(alert):
            raise Unfit(f"Alert {alert_id} is open already.", f"线索 {alert_id} 尚未关闭。")
        _move(act, alert, _Result(State.IN_REVIEW))
        act.tell(alert, Kind.REOPENED, said)
        return alert


def determine(engine: Engine, actor: str, alert_id: int, version: int, text: str) -> Alert:
    """Keep what the evaluation committee determined; it stands apart from the supervisors' own decision.

    Raises:
        Refused, Changed, Unfit: as `decide`.

    """
    said = words(text, "determination")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        alert.determination = said
        act.tell(alert, Kind.DETERMINED, said)
        return alert


def ways(alert: Alert) -> list[State]:
    """States that `decide` can move the alert to now, in the order of the taxonomy."""
    if alert.proposed is not None:
        return []
    return [s for s in State if s in _allowed(alert) - BY_OTHER_ACTS]


def _allowed(alert: Alert) -> frozenset[State]:
    """States that may follow: watching may be said again, for longer; a committee judges tenders only."""
    shut = {State(alert.state)} - {State.WATCH}
    if alert.grain != Grain.TENDER:
        shut.add(State.COMMITTEE_CONFIRMED)
    return WAYS[State(alert.state)] - shut


def _check(alert: Alert, state: State, reason: str | None) -> None:
    if alert.proposed is not None:
        raise Unfit(
            "A proposed closing waits for a second person; confirm or reject it first.",
            "有一项关闭建议待第二人确认；请先确认或退回。",
        )
    allowed = _allowed(alert)
    if state not in allowed:
        those = ", ".join(s.value for s in State if s in allowed)
        raise Unfit(
            f"From {alert.state!r} no way leads to {state.value!r}; these do: {those}.",
            f"不能由状态 {alert.state} 转为 {state.value}；可转为：{those}。",
        )
    codes = REASONS.get(state, ())
    if codes and reason not in codes:
        raise Unfit(
            f"{state.value!r} needs one of these reasons, not {reason!r}: {', '.join(codes)}.",
            f"状态 {state.value} 须从下列理由中选择：{'、'.join(codes)}；不接受 {reason}。",
        )
    if not codes and reason is not None:
        raise Unfit(
            f"{state.value!r} takes words and no reason code, not {reason!r}.",
            f"状态 {state.value} 只需文字说明，不用理由代码 {reason}。",
        )
    if state == State.COMMITTEE_CONFIRMED and not alert.determination:
        raise Unfit(
            f"Keep the determination of the committee first; then {state.value!r} can be set.",
            "请先录入评标委员会的认定，再设置此状态。",
        )


class _Result(NamedTuple):
    """Where a decision leads."""

    state: State
    reason: str | None = None
    original: int | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, proposal: Mapping[str, Any]) -> Self:
        """The result that a proposal names."""
        until = proposal["until"] and datetime.fromisoformat(proposal["until"])
        return cls(State(proposal["state"]), proposal["reason"], proposal["original"], until)

    def told(self) -> dict[str, Any]:
        """The same as a proposal keeps it."""
        until = self.until and self.until.isoformat()
        return {"state": self.state.value, "reason": self.reason, "original": self.original, "until": until}


def _watched_until(act: Act, state: State, until: datetime | None) -> datetime | None:
    if state != State.WATCH:
        return None
    until = (until or act.at + WATCHED).astimezone(UTC)
    if not act.at < until <= act.at + LONGEST_WATCH:
        raise Unfit(
            f"A watched alert comes back within {LONGEST_WATCH.days} days from now, not at {until}.",
            f"持续关注的线索最迟在 {LONGEST_WATCH.days} 天内重新出现，不能是 {until:%Y-%m-%d %H:%M}。",
        )
    return until


def _done_or_proposed(act: Act, alert: Alert, result: _Result, said: str) -> Alert:
    if needs_second(alert.level, result.state):
        alert.proposed = {**result.told(), "text": said, "by": act.by, "at": act.at.isoformat()}
        event = act.tell(alert, Kind.PROPOSED, said)
        notify(act.session, event, seconds(act.session, act.by))
        return alert
    _move(act, alert, result)
    act.tell(alert, Kind.DECIDED, said)
    return alert


def _move(act: Act, alert: Alert, result: _Result) -> None:
    alert.state, alert.reason, alert.original_id = result.state.value, result.reason, result.original
    if result.state in OPEN:
        alert.closed_at, alert.closed_on = None, None
        alert.owner = alert.owner or act.by
    else:
        alert.closed_at = alert.closed_at or act.at
        alert.closed_on = {"level": alert.level, "rules": _speaking(act, alert)}
    if result.state not in DISMISSED:
        alert.snoozed_until = result.until
    if result.until is not None:
        alert.due_at = result.until


def _speaking(act: Act, alert: Alert) -> list[str]:
    """Rules that speak in an alert; context does not count."""
    fired = select(Fired.rule_id).where(Fired.alert_id == alert.id, Fired.level >= Level.YELLOW)
    return sorted(set(act.session.scalars(fired)))


def _proposal(alert: Alert) -> dict[str, Any]:
    if alert.proposed is None:
        raise Unfit(
            f"No closing of alert {alert.id} waits for a second person.",
            f"线索 {alert.id} 没有待第二人确认的关闭建议。",
        )
    return alert.proposed
