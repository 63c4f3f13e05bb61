from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from cases.closing import confirm, decide, determine, duplicate, reopen
from cases.database import reading
from cases.intake import post
from cases.labels import decisions, learn
from cases.workflow import State
from detect.kept import Run
from models.labels import labels
from records.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open_or_create(tmp_path / "workspace")


def taught(engine: Engine, store: Store) -> dict[str, tuple[bool, float]]:
    learn(engine, store, "root")
    found = labels(store.market())
    return {
        t: (label, weight) for t, label, weight in found.select("tender_id", "label", "label_weight").rows()
    }


def test_decisions_become_labels(desk: Engine, store: Store) -> None:
    assert learn(desk, store, "root") is None
    decide(desk, "li", 1, 1, State.REFERRED_CRIMINAL, text="移送")
    assert learn(desk, store, "root") is None
    confirm(desk, "wang", 1, 2)
    decide(desk, "li", 2, 1, State.EXPLAINED, reason="FX03", text="同一园区")
    decide(desk, "li", 3, 1, State.DATA_ISSUE, reason="wrong_unit", text="万元")

    assert taught(desk, store) == {"T1": (True, 0.8), "T2": (False, 0.6)}
    version = store.version
    report = learn(desk, store, "root")
    assert report is not None
    assert report.already_imported
    assert store.version == version


def test_a_referral_without_penalty_and_an_overturned_penalty_turn(lite: Engine, store: Store) -> None:
    decide(lite, "li", 1, 1, State.REFERRED_ADMIN, text="移送")
    confirm(lite, "wang", 1, 2)
    decide(lite, "li", 1, 3, State.PENALISED, text="处罚")
    decide(lite, "li", 2, 1, State.REFERRED_ADMIN, text="移送")
    decide(lite, "li", 2, 2, State.NOT_PENALISED, text="不予处罚")
    assert taught(lite, store) == {"T1": (True, 1.0), "T2": (False, 0.8)}

    decide(lite, "li", 1, 4, State.OVERTURNED, text="复议撤销")
    assert taught(lite, store)["T1"] == (False, 1.0)


def test_what_was_taken_up_again_is_void(lite: Engine, store: Store, run_of: Callable[..., Run]) -> None:
    determine(lite, "li", 1, 1, "串通投标成立")
    decide(lite, "li", 1, 2, State.COMMITTEE_CONFIRMED, text="认定")
    confirm(lite, "wang", 1, 3)
    decide(lite, "li", 2, 1, State.EXPLAINED, reason="FX03", text="同一园区")
    assert set(taught(lite, store)) == {"T1", "T2"}

    reopen(lite, "li", 1, 4, "新材料")
    first = {"id": "T1", "level": 4, "rules": {"E01": ["A", "B"]}, "buyer_name": "局"}
    second = {"id": "T2", "level": 3, "rules": {"E01": ["A", "B"], "P01": ["A"]}}
    post(lite, run_of(1, first, second), "root")
    assert taught(lite, store) == {}

    decide(lite, "li", 1, 5, State.EXPLAINED, reason="FX03", text="同一园区")
    confirm(lite, "wang", 1, 6)
    assert taught(lite, store) == {"T1": (False, 0.6)}


def test_only_conduct_is_learned(lite: Engine, run_of: Callable[..., Run]) -> None:
    firm = {"id": "F1", "grain": "bidder", "level": 3, "rules": {"O01": ["F1"]}}
    pair = {"id": "F1|F2", "grain": "pair", "level": 3, "rules": {"O01": ["F1", "F2"]}}
    post(lite, run_of(1, firm, pair), "root")
    for alert_id in (4, 5):
        decide(lite, "li", alert_id, 1, State.REFERRED_ADMIN, text="移送")
    duplicate(lite, "li", 3, 2, 2, "同一事项")
    decide(lite, "li", 2, 2, State.WATCH, text="留意")
    decide(lite, "li", 2, 3, State.WATCH, text="再看", until=datetime.now(UTC) + timedelta(days=9))

    with reading(lite) as session:
        found = decisions(session)

    assert found.select("tender_id", "bidder_id", "collusive").rows() == [(None, "F1", True)]
    assert found.filter(pl.col("known_at").is_null()).is_empty()
