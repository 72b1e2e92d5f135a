SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTS ?= tests

.PHONY: help install run test lint lock bench-features bench-models bench-reading clean

help:  ## list the commands
	@grep -hE '^[a-z0-9 -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9 -]+):.*## /\1\t/' | expand -t 30

install: $(INSTALLED)  ## create .venv with everything that development and training need

$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement \
		<(sed -n '/^uv==/,/[^\\]$$/p' requirements.txt)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: $(INSTALLED)  ## from nothing to a served prediction on port 8000: data, features, model, API
	$(BIN)/python -m command_line run

test: $(INSTALLED)  ## run the tests (TESTS=tests/api for some of them)
	@# Exit code 5: the chosen tests are all of the other kind, unless both say so.
	@empty=0; pass() { $(BIN)/python -m pytest "$$@" $(TESTS) || { [[ $$? == 5 ]] && ((++empty < 2)); }; }; \
	pass -m "not alone" --numprocesses logical --maxprocesses 4 --dist worksteal && pass -m alone

lint: $(INSTALLED)  ## ruff, mypy, directions of imports, and whether generated files are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python grafana/build_dashboards.py --check

COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" pyproject.toml
# A lock file's versions without its hashes, as constraints of another.
VERSIONS := sed -nE 's/^([[:alnum:]][^\\]*[^ \\]).*/\1/p'

lock: $(INSTALLED)  ## pin the requirements of pyproject.toml with their hashes, the images' among them
	$(COMPILE) --extra api --extra training --extra dev --output-file requirements.txt
	$(COMPILE) --extra api --constraints requirements.txt --output-file api/requirements.txt
	$(COMPILE) --extra training --constraints requirements.txt --output-file training/requirements.txt
	$(COMPILE) --extra training --extra spark --constraints requirements.txt --output-file training/spark/requirements.txt
	$(COMPILE) --extra training --extra benchmarks --constraints requirements.txt --output-file benchmarks/requirements.txt
	{ grep '^#' training/mlflow-requirements.txt; printf 'boto3\ngoogle-cloud-storage\n' | $(COMPILE:pyproject.toml=-) \
		--no-annotate --no-header --constraints <($(VERSIONS) training/requirements.txt | grep -v '^python-dateutil'); } > training/mlflow.new
	mv training/mlflow.new training/mlflow-requirements.txt
	$(COMPILE:pyproject.toml=tests/airflow_dags/requirements.in) --output-file tests/airflow_dags/requirements.txt
	$(COMPILE:pyproject.toml=feature_store/requirements.in) --output-file feature_store/requirements.txt
	$(COMPILE) benchmarks/serving/bento/requirements.in --no-annotate --output-file benchmarks/serving/bento/requirements.txt \
		--constraints <($(VERSIONS) requirements.txt | grep -v '^opentelemetry')

bench-features bench-models bench-reading: bench-%: $(INSTALLED)  ## compare kernels, models or the reading of files with others, side by side
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.$*

BENTOML_VENV := benchmarks/.venv-bentoml
BENTOML_INSTALLED := $(BENTOML_VENV)/.installed
OPTIONS ?=

FEAST_VENV := .feast-venv
FEAST_INSTALLED := $(FEAST_VENV)/.installed

.PHONY: bench-serving

bench-serving: $(INSTALLED) $(BENTOML_INSTALLED)  ## the service beside its peers (OPTIONS="--only large"): needs wrk, and MariaDB for some of it
	$(BIN)/python -m benchmarks.serving $(OPTIONS)

.PHONY: bench-soak

bench-soak: $(INSTALLED)  ## the service at half of its top rate for minutes (OPTIONS="--minutes 2"): memory, descriptors, swaps; needs wrk
	$(BIN)/python -m benchmarks.soak $(OPTIONS)

.PHONY: bench-outcomes

bench-outcomes: $(INSTALLED)  ## seconds to ship and score a million logged pairs, and to replay 100,000 orders (OPTIONS="--mariadb" on a server)
	$(BIN)/python -m benchmarks.outcomes $(OPTIONS)

.PHONY: bench-lists

bench-lists: $(INSTALLED)  ## seconds for a million answers by training.predict, beside the service asked for them (OPTIONS="--rounds 1"): needs a champion
	$(BIN)/python -m benchmarks.lists $(OPTIONS)

.PHONY: bench-feature-store

bench-feature-store: $(INSTALLED) $(FEAST_INSTALLED)  ## milliseconds to look features up, by the service and by Feast, after make feast-up
	$(BIN)/python -m benchmarks.feature_store $(OPTIONS)

.PHONY: bench-scale

bench-scale: $(INSTALLED)  ## preprocessing of and training on 1, 10 and 50 million lines, writing beside a bare LOAD DATA, Spark with 1 and 2 workers, serving of up to 10 million pairs (OPTIONS="--only serving"); needs MariaDB and make spark-venv for some of it
	$(BIN)/python -m benchmarks.scale $(OPTIONS)

.PHONY: bench-training-rows

bench-training-rows: $(INSTALLED)  ## what TRAINING_ROWS costs in score: models of a half, a quarter and an eighth of the orders, on the same tested orders (OPTIONS="--seeds 3")
	$(BIN)/python -m benchmarks.training_rows $(OPTIONS)

$(BENTOML_INSTALLED): benchmarks/serving/bento/requirements.txt | $(INSTALLED)
	$(PYTHON) -m venv $(BENTOML_VENV)
	$(BIN)/uv pip install --quiet --python $(BENTOML_VENV)/bin/python --require-hashes --requirement $<
	@touch $@

.PHONY: up down e2e e2e-loop

up:  ## build and start the container stack, and wait until it is healthy (SERVICES=api for some of it)
	docker compose --profile training build
	docker compose up --detach --wait $(SERVICES)

down:  ## stop and remove the containers; databases, metrics and artifacts stay
	docker compose --profile training --profile alerts --profile spark --profile feast down

e2e: $(INSTALLED)  ## test the container stack end to end, apart from the one that runs: needs Docker, takes minutes
	RUN_E2E=1 $(BIN)/python -m pytest -m container tests/stack

e2e-loop: $(INSTALLED)  ## test in containers what comes of answers, from orders to alerts: as above
	RUN_E2E=1 $(BIN)/python -m pytest -m container tests/loop

.PHONY: airflow-up airflow-down airflow-venv airflow-lint e2e-airflow

airflow-up:  ## the same with Airflow, on port 8080
	./prepare_airflow.sh
	docker compose --file docker-compose-airflow.yaml --profile training build
	docker compose --file docker-compose-airflow.yaml up --detach --wait $(SERVICES)

airflow-down:  ## stop and remove all these containers; databases, metrics and artifacts stay
	docker compose --file docker-compose-airflow.yaml --profile training --profile alerts --profile spark --profile feast down

AIRFLOW_VENV := .airflow-venv
AIRFLOW_INSTALLED := $(AIRFLOW_VENV)/.installed

airflow-venv: $(AIRFLOW_INSTALLED)  ## create .airflow-venv, which the tests of the DAGs need

$(AIRFLOW_INSTALLED): tests/airflow_dags/requirements.txt | $(INSTALLED)
	$(PYTHON) -m venv $(AIRFLOW_VENV)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(AIRFLOW_VENV)/bin/python --require-hashes --requirement $<
	@touch $@

airflow-lint: $(AIRFLOW_INSTALLED)  ## mypy on the DAGs, beside Airflow
	cd airflow/dags && ../../$(BIN)/mypy --config-file= --cache-dir=../../.mypy_cache/airflow --strict --python-executable ../../$(AIRFLOW_VENV)/bin/python .

e2e-airflow: $(INSTALLED)  ## test the stack with Airflow end to end
	RUN_E2E=1 $(BIN)/python -m pytest -m container tests/airflow_dags

.PHONY: spark-venv

SPARK_VENV := .spark-venv
SPARK_INSTALLED := $(SPARK_VENV)/.installed

spark-venv: $(SPARK_INSTALLED)  ## create .spark-venv, from which preprocessing runs with --engine spark: needs Java 17

$(SPARK_INSTALLED): training/spark/requirements.txt pyproject.toml | $(INSTALLED)
	$(PYTHON) -m venv $(SPARK_VENV)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(SPARK_VENV)/bin/python --require-hashes --requirement $<
	$(BIN)/uv pip install --quiet --python $(SPARK_VENV)/bin/python --no-deps --editable .
	@touch $@

.PHONY: feast-venv feast-up

feast-venv: $(FEAST_INSTALLED)  ## create .feast-venv, in which the feature store runs

$(FEAST_INSTALLED): feature_store/requirements.txt pyproject.toml | $(INSTALLED)
	$(PYTHON) -m venv $(FEAST_VENV)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(FEAST_VENV)/bin/python --require-hashes --requirement $<
	$(BIN)/uv pip install --quiet --python $(FEAST_VENV)/bin/python --no-deps --editable .
	@touch $@

feast-up: $(FEAST_INSTALLED)  ## export the published features, bring them into Feast's stores, and serve its pages on port 8888 (OPTIONS="--port 9999")
	$(BIN)/python -m training.export_features
	$(FEAST_VENV)/bin/python -m feature_store up $(OPTIONS)

.PHONY: pictures screenshots

pictures:  ## draw the README's picture of the architecture: needs Graphviz (apt-get install graphviz)
	.assets/draw.sh

screenshots: $(INSTALLED) $(AIRFLOW_INSTALLED)  ## take the README's screenshots, from nothing in a folder of their own: needs Chromium (apt-get install chromium), takes minutes
	PYTHONPATH=. $(BIN)/python .assets/screenshots.py

clean:  ## remove the environment and caches; data, models and settings stay
	rm -rf $(VENV) $(AIRFLOW_VENV) $(SPARK_VENV) $(FEAST_VENV) $(BENTOML_VENV) .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis *.egg-info build
