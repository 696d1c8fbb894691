# Everything a developer or CI does, by name. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# The size of the fault rehearsal.
GRADES ?= 2000
KILLS ?= 20

PYTEST := $(BIN)/python -m pytest
# With PostgreSQL and Redis started for it, and thrown away after it: dropping the test databases first would only fail
# when a thread of some test still holds a connection.
PYTEST_ON_SERVICES = $(WITH_SERVICES) --quick -- $(PYTEST) --reuse-db
WITH_SERVICES := $(BIN)/python -m tests.postgres_and_redis
# With the settings that tests have.
AS_IN_TESTS := $(BIN)/python -m tests.environment
COMPILE := cd requirements && ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links $(ARGS)

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help install env demo run test check fast faults attacks bench requirements services clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/made-to-run ## Make .venv with what a service needs, and nothing more

env: $(VENV)/made-for-tests ## Make .venv with everything for development (PYTHON=python3.12 chooses)

$(VENV)/made-for-tests: requirements/test.txt
	@scripts/environment $(VENV) $<
	@touch $(VENV)/made-to-run $@

# Enough to run. An environment for development is more, and serves here too.
$(VENV)/made-to-run: requirements/base.txt requirements/build.txt
	@scripts/environment $(VENV) $^
	@touch $@

demo: $(VENV)/made-to-run ## Run with a pretend LMS and pretend providers (ARGS=--check walks the whole way and ends)
	@$(BIN)/lti-bridge demo $(ARGS)

run: $(VENV)/made-to-run ## Run on this machine (ARGS="--port 8080")
	@$(BIN)/lti-bridge run $(ARGS)

test: check services ## All that CI runs: check, then every test with PostgreSQL, Redis and Chromium
	$(PYTEST_ON_SERVICES) -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: env ## What can be read off the code: format, lint, types, imports, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(AS_IN_TESTS) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(AS_IN_TESTS) $(BIN)/python manage.py makemigrations --check --dry-run

fast: env ## The unit tests, on SQLite
	$(PYTEST) -m "not browser and not faults and not interop and not journeys" $(ARGS)

faults: env services ## Kill processes while grades travel (GRADES=10000 KILLS=100)
	FAULT_GRADES=$(GRADES) FAULT_KILLS=$(KILLS) CELL_EXAMPLES=500 $(PYTEST_ON_SERVICES) \
	    tests/faults tests/delivery/test_cell_state_machine.py tests/delivery/test_column_state_machine.py $(ARGS)

attacks: env services ## Forged, replayed, expired and misdirected messages
	$(PYTEST_ON_SERVICES) -m attacks $(ARGS)

bench: env services ## Measure
	$(WITH_SERVICES) -- $(BIN)/python -m tests.benchmarks $(ARGS)

requirements: env ## Compile requirements/*.in (ARGS=--upgrade takes the newest versions)
	$(COMPILE) base.in --output-file base.txt
	$(COMPILE) build.in --output-file build.txt
	$(COMPILE) test.in --output-file test.txt

services:
	@scripts/services

clean: ## Remove what was made here, but not var/, where the data is
	rm -rf $(VENV) build dist htmlcov test-results .coverage .coverage.* .benchmarks .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
