"""A model becomes the champion, or gives the place back, by somebody's hand and on record."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cases.audit import append
from cases.database import writing
from cases.people import Actor
from cases.roles import May, require
from features.catalogue import Grain
from models import promotion


def promote(
    engine: Engine, actor: Actor, workspace: Path, model: str, reason: str, *, force: bool = False
) -> int:
    """Make the challenger the champion and return its version; the audit entry and the change go together.

    Args:
        engine: the desk's database.
        actor: who promotes.
        workspace: folder of the models.
        model: its name.
        reason: why, in the actor's words.
        force: also where the frozen test holds the challenger back.

    Raises:
        Refused: the actor's role may not promote.
        WorseThanChampionError: the test holds the challenger back; with `force` it does not.
        ValueError: no such model was trained.

    """
    require(actor.role, May.PROMOTE)
    with writing(engine) as session:
        version = promotion.promote(workspace, model, force=reason if force else None)
        told = {"version": version, "reason": reason, "force": force}
        append(session, actor.name, "model.promote", model, **told)
    return version


def roll_back(
    engine: Engine, actor: Actor, workspace: Path, reason: str, grain: Grain = Grain.TENDER
) -> dict[str, Any]:
    """Give the place back to the champion of a grain before this one, and return its entry.

    Raises:
        Refused: the actor's role may not promote.
        NoEarlierChampionError: there was none before.

    """
    require(actor.role, May.PROMOTE)
    with writing(engine) as session:
        entry = promotion.rollback(workspace, grain)
        append(
            session, actor.name, "model.rollback", str(entry["name"]),
            version=entry["version"], reason=reason,
        )  # fmt: skip
    return entry
