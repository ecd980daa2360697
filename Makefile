# make run   the SpaceX base case: table on the screen, everything else in results/spacex/
# make test  lint, types and the whole test suite
#
# Both need only make and Python >= 3.11 and keep what they install in $(VENV).
# Another Python:  make test PYTHON=python3.12 VENV=.venv312

PYTHON   ?= python3
VENV     ?= .venv
SCENARIO ?= spacex
ARGS     ?=
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.installed

export MPLBACKEND := Agg
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test bench clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 8

run: $(STAMP) ## run the SpaceX base case (another: make run SCENARIO=name)
	@$(BIN)/ipolab run $(SCENARIO)

test: $(STAMP) ## lint, types and tests (more to pytest: make test ARGS="-x -k book")
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/python -m pytest $(ARGS)

bench: $(STAMP) ## measure the day loop
	@$(BIN)/python benchmarks/day_loop.py

clean: ## remove the environment, caches and build products (results stay)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last. Without it the environment is half-made (an interrupted
# install) and is built again from nothing; with an old one it is brought up to date.
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "ipolab: no '$(PYTHON)' here; name one that is >= 3.11: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else \
	  "ipolab needs Python >= 3.11; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 ..." % v[:2])'
	@test -f $@ || rm -rf $(VENV)
	@rm -f $@
	@test -x $(BIN)/python || { echo "making $(VENV) (once, a minute or two)"; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	@touch $@
