"""The life of an alert: states, the ways between them, and the reasons that closing asks for.

After rules C: the disposition taxonomy. What a person may do is `cases.roles`; doing it is `cases.desk`.
"""

from collections.abc import Mapping
from enum import StrEnum

from detect.terms import Level


class State(StrEnum):
    """Where an alert stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_REVIEW = "in_review"
    EXPLAINED = "explained"
    DATA_ISSUE = "data_issue"
    DUPLICATE = "duplicate"
    NOT_ESTABLISHED = "not_established"
    WATCH = "watch"
    COMMITTEE_CONFIRMED = "committee_confirmed"
    REFERRED_ADMIN = "referred_admin"
    REFERRED_CRIMINAL = "referred_criminal"
    REFERRED_DISCIPLINE = "referred_discipline"
    PENALISED = "penalised"
    NOT_PENALISED = "not_penalised"
    OVERTURNED = "overturned"


OPEN = frozenset({State.NEW, State.ASSIGNED, State.IN_REVIEW, State.WATCH})
"""Somebody still has to look; at what is watched, once its day comes or something new is found."""

DISMISSED = frozenset({State.EXPLAINED, State.DATA_ISSUE, State.DUPLICATE, State.NOT_ESTABLISHED})
"""Closed without a finding."""

UPHELD = frozenset(
    {State.COMMITTEE_CONFIRMED, State.REFERRED_ADMIN, State.REFERRED_CRIMINAL, State.REFERRED_DISCIPLINE}
)
"""Handed on to those who determine."""

FINAL = frozenset({State.PENALISED, State.NOT_PENALISED, State.OVERTURNED})
"""What became of it there."""

_RESULTS = DISMISSED | UPHELD | {State.WATCH}

WAYS: Mapping[State, frozenset[State]] = {
    State.NEW: _RESULTS | {State.ASSIGNED, State.IN_REVIEW},
    State.ASSIGNED: _RESULTS | {State.NEW, State.IN_REVIEW},
    State.IN_REVIEW: _RESULTS | {State.ASSIGNED},
    State.WATCH: _RESULTS | {State.IN_REVIEW},
    **dict.fromkeys(sorted(DISMISSED), frozenset({State.IN_REVIEW})),
    **dict.fromkeys(sorted(UPHELD), FINAL | UPHELD | {State.IN_REVIEW}),
    **dict.fromkeys(sorted(FINAL), frozenset({State.IN_REVIEW, State.OVERTURNED})),
}
"""From each state to those that may follow. Going back to `in_review` is reopening."""

REASONS: Mapping[State, tuple[str, ...]] = {
    State.EXPLAINED: (*(f"FX{n:02d}" for n in range(1, 19)), "other"),
    State.DATA_ISSUE: ("wrong_value", "wrong_identity", "missing_records", "wrong_unit", "other"),
    State.NOT_ESTABLISHED: ("weak", "contradicted", "no_access", "other"),
}
"""Codes that a state asks for; the others need words only."""


def needs_second(level: int, state: State) -> bool:
    """Whether two persons have to agree: whatever takes a RED off the desk, handing it on too (rules C).

    What became of it where it was handed to is told, not decided, and reopening takes one.

    >>> [needs_second(Level.RED, s) for s in (State.EXPLAINED, State.REFERRED_ADMIN, State.WATCH)]
    [True, True, True]
    >>> needs_second(Level.ORANGE, State.EXPLAINED), needs_second(Level.RED, State.PENALISED)
    (False, False)
    """
    return level >= Level.RED and state in _RESULTS
