# Everything a developer or a CI needs. The machine has to have Python 3.11+ with venv, and make; the rest comes by itself.
# `make help` lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CODE   := $(wildcard bridge connectors rules sandbox docs tests benchmarks)
ARGS   ?=
SEEDS  ?=
SEQUENCES ?=
TIMELINES ?=
SEED   ?=

# Stamps: what is installed is renewed only when the pins or the project's description change.
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop
EDITOR_READY := $(VENV)/editor/.ready

.DEFAULT_GOAL := help
.PHONY: help setup editor check format test properties fuzz mutants golden sim sim-long demo docs pictures requirements clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(DEV_READY) ## make .venv with everything that development needs

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

# The project itself is installed in place, without a download: its build tool is pinned like the rest.
$(RUN_READY): requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --require-hashes -r requirements/build.txt
	$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): requirements/dev.txt $(RUN_READY)
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

check: $(DEV_READY) ## format, lint, types, import contract, generated files up to date
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary $(CODE)
	@$(BIN)/lint-imports > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	$(BIN)/python -m docs.generate --check

format: $(DEV_READY) ## rewrite the code the way `check` wants it
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

# What editors run for YAML: one test talks to it, and is skipped where there is no npm.
$(EDITOR_READY): requirements/editor/package-lock.json | $(BIN)/python
	@mkdir -p $(@D) && cp requirements/editor/package.json requirements/editor/package-lock.json $(@D)
	@{ command -v npm > /dev/null && npm ci --silent --no-audit --no-fund --prefix $(@D); } \
		|| echo "no YAML language server: its test will be skipped"
	@touch $@

editor: $(EDITOR_READY) ## install the YAML language server for the test of the schema (needs npm)

test: check $(EDITOR_READY) ## check, then all tests: what CI runs (ARGS="tests/rules -k ladder")
	$(BIN)/pytest -n auto --dist loadfile $(ARGS)

properties: $(DEV_READY) ## the properties of the rule language on many more drawn rules (ARGS="-k smallest_change")
	$(BIN)/pytest -n auto --timeout 1800 --hypothesis-profile=long tests/rules tests/model/test_reasons.py tests/engine/test_replay.py $(ARGS)

fuzz: $(DEV_READY) ## rule files mutated for ten minutes, hostile updates of Telegram and letters: each is read or refused (ARGS="--minutes 1 --seed 7")
	$(BIN)/python -m tests.fuzz $(ARGS)
	$(BIN)/python -m tests.fuzz.updates
	$(BIN)/python -m tests.fuzz.letters

mutants: $(DEV_READY) ## 200 faults put into a copy of rules/: which of them does no test notice? (ARGS="--seed 2 --minutes 30")
	$(BIN)/python -m tests.mutation $(ARGS)

golden: $(DEV_READY) ## rewrite the golden files; review the difference like code
	$(BIN)/pytest --golden $(ARGS)

sim: $(DEV_READY) ## simulate weeks of work, 2,000 sequences of edits, 10,000 timelines of answers: SEEDS=200 SEQUENCES=100 TIMELINES=500 run so many, SEED=7 replays one
	SEEDS=$(SEEDS) SEED=$(SEED) $(BIN)/python -m tests.simulation
	SEQUENCES=$(SEQUENCES) SEED=$(SEED) $(BIN)/python -m tests.sync
	TIMELINES=$(TIMELINES) WORLD=$(SEED) $(BIN)/python -m tests.timelines

sim-long: $(DEV_READY) ## simulate five times 120 days with 100 clients
	LONG=1 SEEDS=$(SEEDS) SEED=$(SEED) $(BIN)/python -m tests.simulation

demo: $(RUN_READY) ## the agency's story on local stand-ins, no account needed (ARGS=--once)
	$(BIN)/bridge demo $(ARGS)

docs: $(DEV_READY) ## rewrite the generated pages of docs/
	$(BIN)/python -m docs.generate

pictures: $(DEV_READY) ## photograph what people see, with Chromium (ARGS="--all var/pictures": every scene in every language)
	$(BIN)/python -m docs.pictures $(ARGS)

requirements: $(DEV_READY) ## pin what pyproject.toml asks for, with hashes; pins that fit stay (needs the network)
	requirements/compile $(BIN)/pip-compile

clean: ## forget what was installed and cached; leaves var/ alone
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
