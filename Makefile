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

.PHONY: setup demo test test-long test-ray test-fast check constraints format clean

setup: $(VENV)/.done

# torch first and by itself: a plain `torch` would pull gigabytes of CUDA packages where a CPU build is at hand.
$(VENV)/.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,qlora,eval,s3,studio,dev,exports-test,browser-test,s3-test,tensorboard]"
	touch $@

demo: setup
	$(BIN)/huaben run --config configs/sample.toml

# Two at a time: much of the time a test waits for a server or a process of its own.
test: setup
	$(BIN)/pytest -n 2 --dist loadgroup -m "not long and not ray"

# What takes a minute and more, and stands on parts that are tested one by one.
test-long: setup
	$(BIN)/pytest -m long

# Ray is a large download, so that neither setup nor test asks for it: these tests are skipped where it is not.
test-ray: setup
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[ray]"
	$(BIN)/pytest -m ray

test-fast: setup
	$(BIN)/pytest -m "not slow"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup -m "not long and not ray"

# Resolve every pin anew, in an environment of its own.
constraints:
	rm -rf build/resolve && $(PYTHON) -m venv build/resolve
	build/resolve/bin/pip install --quiet torch==2.13.0
	build/resolve/bin/pip install --quiet --editable ".[train,qlora,eval,s3,studio,dev,exports-test,browser-test,s3-test,tensorboard,ray]"
	{ echo "# Every package of the environment, resolved on Python 3.11. Made by: make constraints"; \
	  build/resolve/bin/pip list --format freeze | grep -viE "^(huaben|pip|setuptools)==" | sed 's/^\(torch==[0-9.]*\).*/\1/'; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .huaben build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
