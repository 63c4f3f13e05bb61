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
types=$(mktemp)
"$bin/mypy" >"$types" 2>&1 & typed=$!  # one core, while the other steps leave cores idle as they begin
step "oldest supported Polars"; VENV=${VENV:-.venv} bash tests/oldest_polars.sh
step "types";             wait $typed || { cat "$types"; exit 1; }; cat "$types"; rm "$types"
# One thread for each worker costs an eighth less; with the oldest Polars they have as many as there are cores.
step "tests and doctests"; POLARS_MAX_THREADS=1 "$bin/python" -m pytest -n 2 --dist worksteal
