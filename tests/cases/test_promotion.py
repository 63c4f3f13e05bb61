import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from cases.database import reading
from cases.people import Actor
from cases.promotion import promote, roll_back
from cases.roles import Refused, Role
from cases.tables import Entry

SCIENTIST = Actor("sue", "Sue", Role.SCIENTIST)


def entries(engine: Engine) -> list[tuple[str, str, str, dict[str, Any]]]:
    with reading(engine) as session:
        found = session.scalars(select(Entry).order_by(Entry.seq))
        return [(e.actor, e.action, e.subject, json.loads(e.detail)) for e in found]


def test_a_promotion_stands_in_the_log(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def enthrone(*words: Any, **options: Any) -> int:
        asked.append((words, options))
        return 3

    monkeypatch.setattr("models.promotion.promote", enthrone)
    assert promote(engine, SCIENTIST, tmp_path, "ecod", "labels were mended", force=True) == 3
    assert asked == [((tmp_path, "ecod"), {"force": "labels were mended"})]
    told = {"version": 3, "reason": "labels were mended", "force": True}
    assert entries(engine) == [("sue", "model.promote", "ecod", told)]


def test_what_fails_leaves_no_entry(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> int:
        raise ValueError("No version of ecod was trained")

    monkeypatch.setattr("models.promotion.promote", fail)
    with pytest.raises(ValueError, match="No version of ecod"):
        promote(engine, SCIENTIST, tmp_path, "ecod", "because")
    assert entries(engine) == []


def test_a_rollback_stands_in_the_log(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.promotion.rollback", lambda *_: {"name": "ecod", "version": 1})
    assert roll_back(engine, SCIENTIST, tmp_path, "it was worse")["version"] == 1
    assert entries(engine)[0][1:3] == ("model.rollback", "ecod")


@pytest.mark.parametrize("role", [r for r in Role if r != Role.SCIENTIST])
def test_only_data_scientists_promote(role: Role, tmp_path: Path) -> None:
    person = Actor("x", "x", role)
    with pytest.raises(Refused, match="may not 'promote'; these may: scientist"):
        promote(None, person, tmp_path, "ecod", "because")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="may not 'promote'"):
        roll_back(None, person, tmp_path, "because")  # type: ignore[arg-type]
