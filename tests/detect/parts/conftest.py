from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detect.commands.judge import scorers
from detect.kept import Run
from detect.score import score
from records.simulate import into_store
from records.store import Store

KEYS = ("grain", "party_id", "tender_id", "rule_id", "column", "subjects", "case_id")
FACTS = ("bidder_a", "bidder_b", "kind", "kind_b", "value_hash", "record_a", "record_b")


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort([c for c in (*KEYS, *FACTS) if c in frame.columns])


def check_same(run: Run, whole: Run) -> None:
    for field in fields(Run):
        if field.name == "manifest":
            told = [
                {k: v for k, v in r.manifest.items() if k not in ("run_id", "started_at")}
                for r in (run, whole)
            ]
            for manifest in told:
                manifest["model"] = {k: v for k, v in (manifest["model"] or {}).items() if k != "sha256"}
            assert told[0] == told[1]
            continue
        one, other = (getattr(r, field.name) for r in (run, whole))
        assert one.columns == other.columns
        told_alike = one.drop("evidence", strict=False), other.drop("evidence", strict=False)
        assert_frame_equal(*map(in_order, told_alike), rel_tol=1e-9, abs_tol=1e-9)


@pytest.fixture(scope="session")
def same() -> Callable[[Run, Run], None]:
    return check_same


def whole_of(workspace: Path) -> Run:
    store = Store(workspace)
    return score(store.market(), **scorers(workspace), records_version=store.version)


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    workspace = tmp_path_factory.mktemp("in parts")
    into_store(workspace, 200, 4, defects=0.02)
    return workspace, whole_of(workspace)


@pytest.fixture
def judged_whole() -> Callable[[Path], Run]:
    return whole_of
