# Each command makes what it needs, so any of them can be the first one typed.
# Needs python3 (3.11 or later) with venv and pip, make and git. uv is used where it is found.

SHELL      := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON     ?= python3
VENV       := .venv
BIN        := $(VENV)/bin
UV         := $(shell command -v uv 2>/dev/null)
DEAL       ?= examples/softbank-10bn/deal.yaml
SIZE_LIMIT := 250

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_NO_PROGRESS ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo check format test test-all agree bench docs size lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# ---- the environment: one .venv, three levels of it --------------------------------------------
# A level is installed when its stamp is newer than its lock file. Every package is pinned with its
# hashes, the build backend too, so nothing is resolved and nothing else is fetched.

ifdef UV
  pip_install = uv pip install --quiet --python $(BIN)/python
else
  pip_install = $(BIN)/python -m pip install --quiet --quiet --no-input
endif

define install
@start=$$SECONDS; \
echo "[setup] lock/$(1).txt: $$(grep -cE '^[a-z]' lock/$(1).txt) packages into $(VENV), with $(if $(UV),uv,pip) (up to a minute)"; \
$(pip_install) --require-hashes -r lock/$(1).txt; \
$(pip_install) --no-deps --no-build-isolation -e .; \
echo "[setup] done in $$((SECONDS - start)) s"
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "ringfence needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "[setup] creating $(VENV) with $$($(PYTHON) -V)"
	@$(if $(UV),uv venv --quiet --seed --python $(PYTHON),$(PYTHON) -m venv) $(VENV)

$(VENV)/.core: lock/core.txt pyproject.toml | $(BIN)/python
	$(call install,core)
	@touch $@

$(VENV)/.test: lock/test.txt pyproject.toml | $(BIN)/python
	$(call install,test)
	@touch $@ $(VENV)/.core

$(VENV)/.bench: lock/bench.txt pyproject.toml | $(BIN)/python
	$(call install,bench)
	@touch $@ $(VENV)/.test $(VENV)/.core

# ---- what a newcomer types ---------------------------------------------------------------------

demo: $(VENV)/.core ## the $10bn deal: does it pay its lenders, what does each party earn
	@$(BIN)/ringfence run $(DEAL)
	@printf '%s\n' '' 'To go on (. $(BIN)/activate puts ringfence on your path):' \
	  '  $(BIN)/ringfence explain $(DEAL) senior.dscr 2027-06     why is this number what it is' \
	  '  $(BIN)/ringfence run $(DEAL) --scenario sakai-only       rent only for GPUs with power' \
	  '  $(BIN)/ringfence run $(DEAL) --set contracts.senior.pricing=7.5%' \
	  '  $(BIN)/ringfence new my-deal.yaml                        a commented deal of your own' \
	  '  make test                                                the proof'

setup: $(VENV)/.test ## environment for development, git hook
	@if git rev-parse --git-dir >/dev/null 2>&1 && [ -z "$$(git config --get core.hooksPath || true)" ]; \
	then git config core.hooksPath .githooks; echo "[setup] git hook: .githooks/pre-commit runs make check"; fi
	@echo "[setup] ready: make check, make test, make demo"

# ---- proof -------------------------------------------------------------------------------------

check: $(VENV)/.test ## format, lint, types, import contracts
	@echo "[check] format";  $(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@echo "[check] lint";    $(BIN)/ruff check --quiet .
	@echo "[check] types";   $(BIN)/mypy
	@echo "[check] imports"; $(BIN)/lint-imports --no-logo

format: $(VENV)/.test ## put the code in the form that check asks for
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

test: $(VENV)/.test ## fast suite
	@$(BIN)/python -m pytest -m "not slow and not gpu"

test-all: $(VENV)/.test ## everything that runs without a GPU
	@$(BIN)/python -m pytest -m "not gpu"

agree: $(VENV)/.test ## cases x backends, with the support table
	@$(BIN)/python -m pytest tests/agree -s

bench: $(VENV)/.bench ## how long things take, beside NREL's SAM
	@mkdir -p .benchmarks; times=.benchmarks/$$(git rev-parse --short HEAD 2>/dev/null || echo no-commit).json; failed=0; \
	$(BIN)/python -m pytest benchmarks -W default -q --benchmark-only --benchmark-quiet --benchmark-json=$$times || failed=1; \
	$(BIN)/python -m benchmarks.table $$times; exit $$failed

docs: $(VENV)/.test ## every public name documented, every example in the docs runs
	@$(BIN)/python -m pytest src $(wildcard tests/docs)

# ---- upkeep ------------------------------------------------------------------------------------

size: ## megabytes the core installs, measured in an empty environment
	@rm -rf build/size; $(if $(UV),uv venv --quiet --python $(PYTHON),$(PYTHON) -m venv --without-pip) build/size
	@$(if $(UV),uv pip install --quiet --python build/size/bin/python,$(PYTHON) -m pip --python build/size/bin/python install --quiet --quiet) \
	  --require-hashes -r lock/core.txt
	@build/size/bin/python -m compileall -q build/size/lib >/dev/null || true
	@mb=$$(du -sm build/size/lib/python3*/site-packages | cut -f1); rm -rf build/size; \
	  echo "core: $$mb MB of at most $(SIZE_LIMIT) MB (site-packages of lock/core.txt, with bytecode)"; [ $$mb -le $(SIZE_LIMIT) ]

lock: ## resolve the ranges of pyproject.toml anew (needs uv)
	@[ -n "$(UV)" ] || { echo "make lock needs uv: pip install uv"; exit 1; }
	@resolve="uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate --no-header"; \
	$$resolve --group build -o lock/core.txt; \
	$$resolve --group test --all-extras -c lock/core.txt -o lock/test.txt; \
	$$resolve --group bench --all-extras -c lock/test.txt -o lock/bench.txt
	@wc -l lock/*.txt

clean: ## remove the environment and all caches
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
