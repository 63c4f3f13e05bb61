import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest

def test_it() -> None:
    pytest.skip({reason!r})
"""


@pytest.mark.parametrize(
    ("reason", "strict", "outcome"),
    [
        ("Chromium is not installed", "1", "1 failed"),
        ("Chromium is not installed", "", "1 skipped"),
        ("no copy of the data: x.csv", "1", "1 skipped"),
    ],
)
def test_where_nothing_may_be_skipped_only_missing_data_is_a_reason(
    reason: str, strict: str, outcome: str, tmp_path: Path
) -> None:
    (tmp_path / "test_case.py").write_text(CASES.format(reason=reason))
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "BIDLENS_STRICT": strict}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert outcome in done.stdout
