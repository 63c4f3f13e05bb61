#!/usr/bin/env bash
# Runs the tests of records, features and rules with the oldest Polars that pyproject.toml allows:
# a second environment that holds only that Polars and sees the first for everything else. What evaluates
# every block, feature and rule at once is run (as-of, build and contract tests); the tests of single blocks,
# verdict tables and nulls, which are about their statistics, are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
oldest=$(sed -n 's/^ *"polars>=\([0-9.]*\)",$/\1/p' pyproject.toml)
case "$oldest" in *.*.*) ;; *) oldest="$oldest.0" ;; esac
if [ "$oldest" = "$("$venv/bin/python" -c 'import polars; print(polars.__version__)')" ]; then
  echo "polars $oldest is what the tests run with"
  exit
fi
[ -x .venv-oldest/bin/python ] || "$venv/bin/python" -m venv .venv-oldest
.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
  "polars==$oldest" "polars-runtime-32==$oldest"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$site" > "$(.venv-oldest/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/first.pth"
.venv-oldest/bin/python -c "import polars; assert polars.__version__ == '$oldest', polars.__version__; print('polars', polars.__version__)"
.venv-oldest/bin/python -m pytest -q -n 2 -m "not browser and not slow" -p no:cacheprovider \
  --ignore tests/detect/rules --ignore tests/detect/cardinal --deselect tests/features/test_nulls.py \
  tests/records tests/features/test_*.py tests/detect
