from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from models.promotion import promote
from models.protocol import frozen
from models.registry import evaluate, train
from models.versions import VERSIONS, reliability, versions
from records.tables import Market

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 uses a loader that SQLAlchemy 2.1 announces to remove.
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning"
)


def test_a_workspace_without_models_has_no_versions_and_is_left_as_it_is(tmp_path: Path) -> None:
    assert versions(tmp_path).schema == VERSIONS
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_versions_say_their_place_and_figures(
    tmp_path: Path, tenders_of: Callable[..., pl.DataFrame], market_of_labels: Callable[..., Market]
) -> None:
    frame = tenders_of(900)
    trial = frozen(tmp_path, market_of_labels(frame), frame)
    first = train(frame, "tender_boosting", tmp_path, data_version=3, trial=trial)
    train(frame, "ecod", tmp_path)
    found = versions(tmp_path).select("model", "version", "place", "data_version", "why").sort("model")
    assert found.rows() == [
        ("ecod", 1, "challenger", "None", None),
        ("tender_boosting", 1, "champion", "3", "first version"),
    ]
    curve = reliability(tmp_path, first.run_id)
    assert curve is not None
    assert curve.columns == ["stated", "observed", "tenders"]
    other = versions(tmp_path).filter(model="ecod")["run_id"].item()
    assert reliability(tmp_path, other) is None
    evaluate(tmp_path, "ecod", trial)
    promote(tmp_path, "ecod", force="a test")
    assert dict(versions(tmp_path).select("model", "place").iter_rows()) == {
        "ecod": "champion",
        "tender_boosting": "challenger",
    }
