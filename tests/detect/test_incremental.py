from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detect.incremental import Base, Source, base_of, score_some
from detect.kept import Run, latest, save
from detect.parties import PARTY_GRAINS
from detect.points import RunPoint
from detect.rule import Point, State, all_rules
from detect.score import score
from models.registry import DEFAULT
from models.scorer import make
from models.tender_boosting import TenderBoosting
from records.simulate import into_store
from records.source import BadInput
from records.store import Store
from records.tables import market_of

OWN = [r for r in all_rules().values() if r.grain not in PARTY_GRAINS]
LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-9, "abs_tol": 1e-9}


class Scored:
    """A market that was scored in full, and what says so."""

    def __init__(self, workspace: Path) -> None:
        into_store(workspace, 300, 4, defects=0.01)
        store = Store(workspace)
        self.market = market_of(**{n: f.collect() for n, f in store.market().to_dict().items()})
        version = store.version
        self.run = score(self.market, rules=OWN, scorer=make(DEFAULT), fit=True, records_version=version)
        save(self.run, workspace)
        self.base: Base = base_of(workspace)
        self.workspace = workspace
        self.ids = self.market.tenders.collect()["tender_id"].sort().to_list()

    def some(self, asked: list[str], **options: Any) -> Run:
        return score_some(Source.of_market(self.market), asked, self.base, scorer=self.base.scorer, **options)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    return Scored(tmp_path_factory.mktemp("scored"))


def of(frame: pl.DataFrame, asked: list[str]) -> pl.DataFrame:
    order = [c for c in ("tender_id", "rule_id", "subjects") if c in frame.columns]
    return frame.filter(pl.col("tender_id").is_in(asked)).sort(order)


def check(scored: Scored, asked: list[str]) -> None:
    part = scored.some(asked)
    for name in ("alerts", "scores", "excused", "facts", "states"):
        whole = of(getattr(scored.run, name), asked)
        mine = of(getattr(part, name), asked).select(whole.columns)
        assert_frame_equal(mine, whole, check_row_order=name != "facts", **LAST_DIGIT)
    hits = [of(run.hits, asked).drop("evidence") for run in (part, scored.run)]
    assert_frame_equal(*hits, **LAST_DIGIT)


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.data())
def test_some_tenders_get_the_alerts_of_the_full_run(scored: Scored, data: st.DataObject) -> None:
    alerted = scored.run.alerts["tender_id"].sort().to_list()
    ids = st.sampled_from(scored.ids) | st.sampled_from(alerted)
    check(scored, data.draw(st.lists(ids, min_size=1, max_size=5, unique=True)))


def test_a_part_says_what_it_is_and_leaves_the_newest_run_where_it_was(scored: Scored) -> None:
    asked = scored.run.alerts["tender_id"].head(2).to_list()
    part = scored.some(asked)
    scope = part.manifest["scope"]
    assert (scope["tenders"], scope["point"], scope["base_run"]) == (2, "award", scored.run.run_id)
    assert part.manifest["model"]["fitted"] == f"by run {scored.run.run_id}"
    assert part.party_alerts.is_empty()
    assert part.cases.is_empty()
    folder = save(part, scored.workspace)
    newest = latest(scored.workspace)
    assert newest is not None
    assert newest.run_id == scored.run.run_id
    told = latest(scored.workspace, asked[0])
    assert told is not None
    assert told.run_id == folder.name


@pytest.mark.parametrize("point", [RunPoint.UPLOAD, RunPoint.OPENING])
def test_what_is_not_public_yet_is_not_evaluable(scored: Scored, point: RunPoint) -> None:
    asked = scored.run.alerts["tender_id"].head(3).to_list()
    part = scored.some(asked, point=point)
    assert part.manifest["scope"]["point"] == point
    late = {r.id for r in all_rules().values() if r.point in (Point.EVALUATION, Point.AWARD, Point.CONTRACT)}
    late &= set(part.states.columns)
    late |= {"Q02", "O01"} if point == RunPoint.UPLOAD else set()
    states = set(part.states.select(sorted(late)).unpivot()["value"])
    assert states == {State.NOT_EVALUABLE.value}
    why = part.missing.filter(pl.col("rule_id").is_in(sorted(late)))
    assert set(why["column"]) == {f"not public at {point}"}
    both = [of(run.hits, asked).filter(rule_id="E01").drop("evidence") for run in (part, scored.run)]
    assert_frame_equal(*both)


def test_a_part_needs_a_full_run(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no full run"):
        base_of(tmp_path)


def test_a_model_that_reads_the_whole_market_is_refused(scored: Scored) -> None:
    asked = scored.ids[:1]
    with pytest.raises(BadInput, match="propagated_screens, which only a full run makes"):
        score_some(Source.of_market(scored.market), asked, scored.base, scorer=TenderBoosting())
