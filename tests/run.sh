#!/usr/bin/env bash
# Everything that must hold before a change lands. What this machine lacks is skipped with its
# reason and a count; with BIDLENS_STRICT=1 a skip is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1  # two workers share the cores already
export MLFLOW_DISABLE_TELEMETRY=true STREAMLIT_BROWSER_GATHER_USAGE_STATS=false

step() { printf '\n== %s\n' "$1"; }
step "format";            "$bin/ruff" format --check --quiet .
step "lint";              "$bin/ruff" check --quiet .
step "import contracts";  "$bin/lint-imports" | tail -n 4
step "types";             "$bin/mypy"
step "oldest supported Polars"; VENV=${VENV:-.venv} bash tests/oldest_polars.sh
step "tests and doctests"; "$bin/python" -m pytest -n 2 --dist worksteal
