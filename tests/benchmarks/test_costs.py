import sys
from pathlib import Path

import pytest

from benchmarks.costs import measure

HOLDING = """
import subprocess, sys, time
held = bytearray(100_000_000)
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"], check=True)
else:
    time.sleep(1.5)
"""


def test_memory_is_that_of_all_processes_together(tmp_path: Path) -> None:
    script = tmp_path / "holding.py"
    script.write_text(HOLDING)
    cost = measure([sys.executable, script])
    assert 200 < cost.peak_mb < 300
    assert cost.wall > 1.5


def test_a_command_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="failed"):
        measure([sys.executable, "-c", "raise SystemExit(3)"])
