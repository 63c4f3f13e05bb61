import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.costs import ROOT, measure

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
    # A new process starts with the peak of the one that it is made from, so that a small one has to measure.
    asked = f"from benchmarks.costs import measure; print(*measure([{sys.executable!r}, {str(script)!r}]))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    wall, _, peak_mb = map(float, told.stdout.split())
    assert 200 < peak_mb < 300
    assert wall > 1.5


def test_a_command_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="failed"):
        measure([sys.executable, "-c", "raise SystemExit(3)"])
