"""Who may do what."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for."""

    VIEWER = "viewer"
    SUPERVISOR = "supervisor"
    LEAD = "lead"
    SCIENTIST = "scientist"
    AUDITOR = "auditor"
    ADMIN = "admin"


class May(StrEnum):
    """An act that not everybody may do."""

    READ = "read"
    WORK = "work"
    """Take alerts, decide, write notes, put files."""
    ASSIGN_OTHERS = "assign_others"
    APPROVE = "approve"
    """Be the second person who closes a RED."""
    SUPPRESS = "suppress"
    EXPORT = "export"
    UNMASK = "unmask"
    """See personal values, with a reason that is logged."""
    SEE_SEALED = "see_sealed"
    """See who bids before the opening."""
    PROMOTE = "promote"
    SET = "set"
    """Change settings, people and roles."""
    READ_AUDIT = "read_audit"


_SUPERVISOR = {May.READ, May.WORK, May.APPROVE, May.EXPORT, May.UNMASK}
ALLOWED: Mapping[Role, frozenset[May]] = {
    Role.VIEWER: frozenset({May.READ}),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.LEAD: frozenset(_SUPERVISOR | {May.ASSIGN_OTHERS, May.SUPPRESS, May.SEE_SEALED}),
    Role.SCIENTIST: frozenset({May.READ, May.PROMOTE}),
    Role.AUDITOR: frozenset({May.READ, May.READ_AUDIT, May.EXPORT}),
    Role.ADMIN: frozenset({May.READ, May.SET, May.READ_AUDIT}),
}
"""An administrator sets things up and decides nothing; an auditor sees what was done and changes nothing."""


class Hindrance(Exception):  # noqa: N818
    """Why an act was not done: the message in English, and in Chinese `zh`."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh

    def told(self, lang: str) -> str:
        """The message in a language, `en` or `zh`.

        >>> Hindrance("Not yours.", "不归您办理。").told("zh")
        '不归您办理。'
        """
        return self.zh if lang == "zh" else str(self)


class Refused(Hindrance):
    """Somebody asked for an act that their role does not have."""


def require(role: Role, act: May) -> None:
    """Let the act pass, or say who may do it.

    Raises:
        Refused: the role does not have the act.

    >>> require(Role.VIEWER, May.WORK)
    Traceback (most recent call last):
        ...
    cases.roles.Refused: Role 'viewer' may not 'work'; these may: supervisor, lead.
    """
    if act not in ALLOWED[role]:
        those = ", ".join(r.value for r in Role if act in ALLOWED[r])
        raise Refused(
            f"Role {role.value!r} may not {act.value!r}; these may: {those}.",
            f"角色 {role.value} 无权执行此操作（{act.value}）；有权的角色：{those}。",
        )
