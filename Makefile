# Klasveilig needs git, make and Python 3.11 or newer; everything else comes from requirements.lock, as wheels.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
READY := .venv/ready
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := var/uv/bin/uv pip compile pyproject.toml --quiet --extra postgres --extra test --extra checks \
	--universal --python-version 3.11 --generate-hashes --no-annotate --no-header

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## play two school chats through the bot and show what it flags, for whom and why
	@$(BIN)/klasveilig demo

test: $(READY) ## run the whole suite (ARGS='-k telegram' for a part of it)
	$(BIN)/pytest $(ARGS)

test-faults: $(READY) ## kill the bot a hundred times at random moments and count what was lost
	KLASVEILIG_TEST_KILLS=100 $(BIN)/pytest -s -m faults $(ARGS)

bench: .venv/bench-ready ## measure throughput, latency, memory and growth, beside two other packages
	$(BIN)/python -m tests.bench $(ARGS)

bench-models: .venv/detoxify-ready .venv/bench-ready ## measure models beside the packages that they are compared with
	$(BIN)/python -m tests.bench.bench_models $(ARGS)

candidates: .venv/detoxify-ready ## train every kind of model on the corpus and measure them; takes ten minutes
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.candidates $(ARGS)

train: $(READY) ## train the embedded model on its corpus; takes ten minutes
	$(BIN)/klasveilig model train

evaluate: $(READY) ## measure model and checks on writers they did not learn from (ARGS='--curve --ordinary FILE')
	$(BIN)/klasveilig model corpus
	$(BIN)/klasveilig model evaluate $(ARGS)

detoxify: .venv/detoxify-ready ## install what Detoxify needs: torch and its like, about 1 GB

check: $(READY) ## run every check that is not a test: style, types, imports, migrations, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/bot/storage/test_schema.py
	$(BIN)/pytest -q tests/test_docs.py

texts: $(READY) ## bring the Dutch catalogue in step with the sentences in the code
	$(BIN)/python -m bot.texts.extract

lock: ## upgrade both lock files to the newest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear var/uv
	var/uv/bin/pip install --quiet uv
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --extra bench --constraint requirements.lock --upgrade --output-file requirements-bench.lock
	rm -rf var/uv

clean: ## remove the environment, the caches and the demo's data (never school.toml, keys or a school's database)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info var/demo
	find bot rules models tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making .venv with $(PYTHON) ..."; $(PYTHON) -m venv --clear .venv; }
	@echo "Installing from requirements.lock ..."
	@$(INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/bench-ready: $(READY) requirements-bench.lock
	@echo "Installing what the bot is compared with ..."
	@$(INSTALL) --require-hashes --only-binary :all: -r requirements-bench.lock
	@touch $@

.venv/detoxify-ready: $(READY)
	@echo "Installing what Detoxify needs ..."
	@$(INSTALL) torch==2.13.0
	@$(INSTALL) --no-build-isolation -e '.[detoxify]'
	@touch $@

.PHONY: help demo test test-faults bench bench-models candidates train evaluate detoxify check texts lock clean
.DEFAULT_GOAL := help
