# make demo / make test need only Python >= 3.11, make and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKSPACE ?= workspace-demo
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: demo app test lint types oldest docs bench clean

demo: $(READY)
	$(BIN)/bidlens demo --workspace $(WORKSPACE)

app: $(READY)
	@test -e $(WORKSPACE)/runs/latest || $(BIN)/bidlens demo --workspace $(WORKSPACE) >/dev/null
	$(BIN)/bidlens app --workspace $(WORKSPACE)

test: $(READY)
	VENV=$(VENV) bash tests/run.sh

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

oldest: $(READY)
	VENV=$(VENV) bash tests/oldest_polars.sh

docs: $(READY)
	$(BIN)/python -m features.document
	$(BIN)/python -m detect.document
	$(BIN)/python -m models.document

bench: $(READY)
	$(BIN)/python -m benchmarks.scale

clean:
	rm -rf $(VENV) .venv-oldest $(WORKSPACE)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@
