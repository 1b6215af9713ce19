# `make run` opens the app, `make test` runs the tests; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run test check test-recorded test-slow fuzz bench study pictures docs lock clean

help:  ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kasauti needs Python 3.11 or newer: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY)  ## open the app (the demo market before the first refresh)
	@$(BIN)/kasauti $(ARGS)

test: check  ## check and run the tests
	$(BIN)/python -m pytest

check: $(READY)  ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-recorded: $(READY)  ## everything against all recorded companies (KASAUTI_RECORDED)
	$(BIN)/python -m pytest -m "recorded or recorded_full"

test-slow: $(READY)  ## the slow tests
	$(BIN)/python -m pytest -m slow

fuzz: $(READY)  ## mutate screens for a long time
	$(BIN)/python -m tests.language.fuzz 200000

bench: $(READY)  ## measure, beside the peers
	for script in benchmarks/*.py; do $(BIN)/python $$script; done

study: $(READY)  ## try the score on recorded years, write docs/evidence.md
	$(BIN)/python -m study

pictures: $(READY)  ## make the pictures of README and docs anew
	$(BIN)/python -m docs.make_pictures

docs: $(READY)  ## make docs/fields.md anew from the catalogue
	$(BIN)/kasauti fields --markdown > docs/fields.md

lock: $(READY)  ## renew the pinned versions from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --upgrade \
	  --group dev pyproject.toml --output-file constraints.txt

clean:  ## remove what was made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist build
