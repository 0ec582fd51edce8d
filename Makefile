# Two commands matter: `make up` and `make test`. Everything a deployment writes is under LDS_HOME.

export LDS_HOME ?= $(CURDIR)/var
export LDS_DAGSTER_STORAGE := $(LDS_HOME)/dagster
export LDS_DAGSTER_LOGS := $(LDS_HOME)/dagster/logs
export DAGSTER_DISABLE_TELEMETRY := 1
export DAGSTER_REDACT_USER_CODE_ERRORS := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PYTHONHASHSEED := 0
# compiled modules are kept: where a machine forbids it, each process would compile dagster and dbt
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
PORT ?= 3000
SIZE ?= small
BIN := .venv/bin
READY := .venv/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help up demo test check schema clean landing run
.PHONY: check-sql check-types check-format check-lint check-generated check-definitions

help: ## Show the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

up: run ## Synthetic London, everything materialised, then the UI on 127.0.0.1:$(PORT)
	@$(BIN)/python -m lds_assets.operations.start
	@echo "The UI is on http://127.0.0.1:$(PORT) (stop with Ctrl-C)"
	@$(BIN)/dagster dev --host 127.0.0.1 --port $(PORT) --log-level warning

demo: run ## The same without the UI; ends by itself

run: landing
	@$(BIN)/lds run
	@$(BIN)/lds status

# deliveries are made once: a landing folder that holds something is left alone
landing: $(READY)
	@test -n "$$(ls -A '$(LDS_HOME)/landing' 2>/dev/null)" \
		|| { $(BIN)/lds synth --size $(SIZE) && $(BIN)/lds terminology load fixtures; }

# tests/conftest.py puts the long files first; xdist would begin with those of many short tests
test: $(READY) ## Every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# the longest two first: they end together with the others beside them
check: $(READY) ## Format, lint, types, SQL style, generated files, definitions
	@$(MAKE) --no-print-directory --jobs 2 \
		check-sql check-types check-format check-lint check-generated check-definitions

check-sql:
	@$(BIN)/sqlfluff lint dbt_project/models lds_assets/suppliers

check-types:
	@$(BIN)/mypy --strict

check-format:
	@$(BIN)/ruff format --check .

check-lint:
	@$(BIN)/ruff check .

check-generated:
	@$(BIN)/lds schema --check

check-definitions:
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/dg check yaml
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/dg check defs --log-level warning

schema: $(READY) ## Write what is made from the column dictionaries
	@$(BIN)/lds schema

# uv comes from the package index like everything else; where it cannot work, pip does the same,
# more slowly. The lock pins every file by hash.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -m venv .venv
	@echo "installing the locked packages"
	@$(PIP) install --quiet uv \
		&& $(UV) --require-hashes --requirement requirements-dev.lock \
		|| $(PIP) install --quiet --require-hashes --no-deps --requirement requirements-dev.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $(READY)

clean: ## Remove the environment and everything under ./var
	rm -rf .venv var dbt_project/target .pytest_cache .mypy_cache .ruff_cache .hypothesis
