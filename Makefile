# Everything from a clean clone: `make demo` runs the main job on the bundled sample, `make test` the tests.
PYTHON ?= $(or $(shell command -v python3.11),python3)
VENV := .venv
BIN := $(VENV)/bin
HUABEN_HOME ?= .huaben
export HUABEN_HOME
# Nothing that is run from here phones out.
export HF_HUB_OFFLINE ?= 1
export DO_NOT_TRACK = 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false

.PHONY: setup demo test test-fast check format clean

setup: $(VENV)/.done

# torch first and by itself: a plain `torch` would pull gigabytes of CUDA packages where a CPU build is at hand.
$(VENV)/.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,eval,dev]"
	touch $@

demo: setup
	$(BIN)/huaben run --config configs/sample.toml

test: setup
	$(BIN)/pytest

test-fast: setup
	$(BIN)/pytest -m "not slow"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .huaben build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
