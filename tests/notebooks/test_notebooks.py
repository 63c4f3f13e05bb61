import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 uses a loader that SQLAlchemy 2.1 announces to remove.
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning"
)

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(notebook), run_name="notebook")
    assert "Innocent reading" in capsys.readouterr().out
