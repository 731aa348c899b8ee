# make env: the environment · make run: the bot (without a token: the playground) · make test: the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
.DEFAULT_GOAL := help
.PHONY: help env run tour test slow bench check lock

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

env: $(STAMP) ## Prepare .venv with everything, at the locked versions

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another by: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 10 --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

run: env ## Run the bot; with no TELEGRAM_BOT_TOKEN the playground in the browser
	$(BIN)/python -m bot

tour: env ## A tour of the bot on the local servers: no token, no key, no cost; fails unless all of it works
	$(BIN)/python -m bot playground --tour

check: env ## Lint, formatting, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## The checks and the default tests (about four minutes)
	$(BIN)/python -m pytest -n 2 -m "not slow and not benchmark"

slow: env ## The slow tests (processes killed, many questions)
	$(BIN)/python -m pytest -m "slow and not benchmark"

bench: env ## The benchmarks: figures beside a baseline of the same run
	$(BIN)/python -m pytest -s -m benchmark tests/benchmarks

lock: env ## Resolve the locked versions anew, for every platform and Python >= 3.11
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group dev pyproject.toml -o requirements/dev.lock
