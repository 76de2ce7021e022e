# Portside: `make` lists what there is. Each set-up runs once, and again only when its needs have changed.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROVE_TIMEOUT := 1800# seconds for one test when everything is counted in full

# A network that fails for a moment is no reason to give up.
export PIP_RETRIES ?= 10
export PIP_DEFAULT_TIMEOUT ?= 60# seconds

.DEFAULT_GOAL := help
.PHONY: help serve test test-main test-others prove check bench fuzz peers clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.run-ready ## serve the example site and print its address
	@exec $(BIN)/portside serve examples/site

# The main run comes last, so that its summary is what one reads.
test: ## everything: checks, then all tests on every Python found (with CI=true the real peers are installed first)
	@if [ "$${CI:-}" = true ]; then $(MAKE) --no-print-directory peers; fi
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-others
	@$(MAKE) --no-print-directory test-main

test-main: $(VENV)/.dev-ready ## all tests, on the main Python
	$(BIN)/python -m pytest

test-others: $(VENV)/.dev-ready ## the unit tests on the other Pythons found, 3.11 to 3.13
	@tools/test_others.sh $(VENV)

prove: $(VENV)/.dev-ready ## all tests, every count in full (takes long)
	PORTSIDE_PROVE=1 $(BIN)/python -m pytest --timeout=$(PROVE_TIMEOUT)

check: $(VENV)/.dev-ready ## lint, format, types, direction of imports, mirror of the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python -m pytest -q tests/unit/test_mirror.py

bench: $(VENV)/.dev-ready ## compare with nginx, curl and others
	$(BIN)/python -m bench

fuzz: $(VENV)/.dev-ready ## feed the parsers what nobody should send
	$(BIN)/python -m fuzz

peers: ## install the real peers that the tests talk to (Debian packages; starts no service)
	@tools/peers.sh

clean: ## remove what was built, installed and remembered
	rm -rf $(VENV) $(VENV)-3.* build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path './.git' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------ set-up

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Portside needs Python 3.11 or later as $(PYTHON); another one is chosen by: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv; on Debian the package python3-venv has it" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev-ready: requirements/dev.txt $(VENV)/.run-ready
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	@touch $@
