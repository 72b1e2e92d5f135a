SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTS ?= tests

.PHONY: help install run test lint lock bench-features bench-models clean

help:  ## list the commands
	@grep -hE '^[a-z0-9 -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9 -]+):.*## /\1\t/' | expand -t 30

install: $(INSTALLED)  ## create .venv with everything that development and training need

$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: $(INSTALLED)  ## from nothing to a served prediction on port 8000: data, features, model, API
	$(BIN)/python -m training.bootstrap
	$(BIN)/python -m api

test: $(INSTALLED)  ## run the tests (TESTS=tests/api for some of them)
	$(BIN)/python -m pytest $(TESTS)

lint: $(INSTALLED)  ## ruff, mypy, and whether generated files are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python grafana/build_dashboards.py --check

COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" pyproject.toml

lock: $(INSTALLED)  ## compile the pinned requirements from pyproject.toml, the images' among them
	$(COMPILE) --extra api --extra training --extra dev --output-file requirements.txt
	$(COMPILE) --extra api --constraints requirements.txt --output-file api/requirements.txt
	$(COMPILE) --extra training --constraints requirements.txt --output-file training/requirements.txt
	$(COMPILE) --extra training --extra benchmarks --constraints requirements.txt --output-file benchmarks/requirements.txt

bench-features bench-models: bench-%: $(INSTALLED)  ## compare kernels or models with others, side by side
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.$*

clean:  ## remove the environment and caches; data, models and settings stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build
