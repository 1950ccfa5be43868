# Holdfast. `make` alone lists what there is.
# Needs: git, make, Python 3.11 or newer with venv. Everything else is put into .venv, here.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Tests leave their reports here.
WORK := .work

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo demo-reset test test-quick test-unit test-flows test-browser chromium lint types bench faults pictures lock clean

help: ## this list
	@echo "Holdfast: a worrying answer finds a human."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "First time? make demo, then open the address it prints. Folder and port: HOLDFAST_DATA, HOLDFAST_PORT."

setup: $(READY) ## put Python packages into .venv (every other target does this first)

# The first Python from 3.11 on that can make a virtual environment.
$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	@python=""; \
	for candidate in $${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do \
	  if command -v "$$candidate" >/dev/null 2>&1 && \
	     "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    python="$$candidate"; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Holdfast needs Python 3.11 or newer with venv (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  rm -rf $(VENV); echo "Making .venv with $$($$python --version)"; "$$python" -m venv $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## start everything on this machine with made-up people; Ctrl-C stops it
	@exec $(BIN)/holdfast demo

demo-reset: $(READY) ## throw the demo's data away, so that the next demo starts fresh
	@exec $(BIN)/holdfast demo --reset

# Chromium: the system's where we may install it, else Playwright's own, else one sentence.
chromium: $(READY)
	@.ci/chromium

test: $(READY) ## everything: checks, units, flows, faults (short), browser; about ten minutes
	@$(BIN)/python -m tests.everything

test-quick: $(READY) ## rules and house only, no database; under a minute
	@$(BIN)/python -m tests.everything quick

lint: $(READY) ## style, types, import direction, templates, known weaknesses of dependencies
	@$(BIN)/python -m tests.everything lint

bench: $(READY) ## measure the claims of docs/measurements.md; writes bench/results/latest.json
	@exec $(BIN)/python -m bench

faults: $(READY) ## kill programs at random for a long while; writes bench/results/faults.json
	@exec $(BIN)/python -m tests.faults

pictures: $(READY) ## draw docs/screenshots anew, from a fresh demo that runs
	@exec $(BIN)/python -m tests.browser.pictures

lock: ## renew requirements/*.txt from requirements/*.in
	@test -x $(BIN)/uv || { echo "Run make setup once, then make lock." >&2; exit 1; }
	@cd requirements && for set in uv base test dev; do \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-annotate --custom-compile-command "make lock" $${UPGRADE:+--upgrade} $$set.in -o $$set.txt; \
	done

clean: ## remove .venv and what tests and tools left behind (never the demo's data)
	@rm -rf $(VENV) $(WORK) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
