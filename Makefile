# Two commands for users: `make up` and `make test`. Everything they need is installed by them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
# Modules are compiled once, not by each of the many processes that a stack or a test starts.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
# The one that wrote uv.lock.
UV_VERSION := 0.13.9
# One more than the processors of CI: some tests wait for a stack most of the time.
WORKERS ?= 3
ARGS ?=
# For package, deploy and rollback.
SERVICE ?=
STAGE ?=
ARCH ?= x86_64

BIN := .venv/bin
PYTEST := $(BIN)/pytest
FAST := -m "not slow"
# Which of them one worker gets, tests/conftest.py says. In the order of the command line: what takes long comes first.
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# mypy takes longest.
CHECKS := $(addprefix check-,types rules contracts style format imports lock)

# The stamps: make compares them with the lock files, so an installed tree costs nothing.
PYTHON_READY := .venv/.ready
NODE_READY := node_modules/.package-lock.json

.PHONY: help install up check $(CHECKS) test unit contract integration e2e deployed faults package deploy rollback cost units format clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(PYTHON_READY) $(NODE_READY) ## Install what the lock files name, into .venv and node_modules

$(BIN)/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)

$(PYTHON_READY): uv.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv sync --frozen
	@touch $@

$(NODE_READY): package-lock.json package.json
	npm ci --ignore-scripts
	@touch $@

up: install ## Run the whole system on this machine; ARGS="--port 9000 --data DIR" passes options
	@exec $(BIN)/xiaodian up $(ARGS)

check: install ## Style, types, import rules, this repository's own rules, the lock file
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target $(CHECKS)

check-types:
	$(BIN)/mypy

check-rules:
	$(BIN)/python -m infra.checks

check-contracts:
	$(BIN)/python -m infra.checks.contracts

check-style:
	$(BIN)/ruff check

check-format:
	$(BIN)/ruff format --check

check-imports:
	$(BIN)/lint-imports

check-lock:
	$(BIN)/uv lock --check

test: check ## The checks, then every test but the long ones
	$(PYTEST) $(PARALLEL) $(FAST) tests/e2e tests/faults tests/integration tests/contract tests/unit

unit: install ## Pure tests: no network
	$(PYTEST) $(PARALLEL) tests/unit

contract: install ## Events between services against their frozen schemas and samples
	$(PYTEST) $(PARALLEL) tests/contract

integration: install ## Each service on the real engine, in memory
	$(PYTEST) $(PARALLEL) tests/integration

e2e: install ## The whole system as a user runs it, the slow cases too
	$(PYTEST) tests/e2e

deployed: install ## Platform and services by CloudFormation on an emulated AWS account, from their real packages
	$(PYTEST) tests/e2e/deployed

faults: install ## Crashes, races and lost answers, at length
	$(PYTEST) $(PARALLEL) --hypothesis-profile=thorough tests/faults

package: install ## SERVICE=orders: a checked template and zip in build/orders; STAGE=prod, ARCH=x86_64 or arm64
	@$(BIN)/python -m infra.package $(or $(SERVICE),--help) --stage $(or $(STAGE),prod) --arch $(ARCH) $(ARGS)

deploy: install ## SERVICE=orders STAGE=prod: package it and release it; SERVICE=platform comes first
	@$(BIN)/python -m infra.deploy $(or $(SERVICE),--help) --stage $(or $(STAGE),'') --arch $(ARCH) $(ARGS)

rollback: install ## SERVICE=orders STAGE=prod: back to the release before
	@$(BIN)/python -m infra.deploy $(or $(SERVICE),--help) --stage $(or $(STAGE),'') --rollback $(ARGS)

cost: install ## What a million orders cost on AWS, from counted units; ARGS="--region us-east-1"
	@$(BIN)/python -m infra.cost $(ARGS)

units: install ## Count what every verb takes, and record it in infra/cost/units.json
	$(PYTEST) tests/integration/verbs/test_units.py --record

format: install ## Rewrite the sources in the one style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## Remove everything installed, built or cached; data folders stay
	rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find services infra tests -name __pycache__ -type d -prune -exec rm -rf {} +
