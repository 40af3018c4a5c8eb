# nightplan. `make up` runs all of it on this machine, `make test` tests it.
# Both need Python 3.11, make and a package index, and no root.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
NODE_MODULES := .cache/validators/node_modules
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up test check lint format types imports drift validators schemathesis lock picture bench bench-quick bench-service kafka faults faults-long faults-mutants clean

help: ## Say what there is to make.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

up: $(VENV)/.run ## Run all of nightplan on this machine until Ctrl-C. ARGS="--port 8001" …
	@$(BIN)/nightplan up $(ARGS)

test: $(VENV)/.dev ## Run every test. ARGS="tests/unit -k night" …
	@$(BIN)/python -m tools.run_tests $(ARGS)

check: lint types imports drift ## Everything that is checked without running it.

lint: $(VENV)/.dev ## Style, docstrings, security rules, formatting.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

types: $(VENV)/.dev ## mypy --strict.
	$(BIN)/mypy

imports: $(VENV)/.dev ## Who may import whom.
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

drift: $(VENV)/.dev ## Generated files are what would be generated now.
	$(BIN)/python -m api.generate --check
	$(BIN)/python -m instruments.schemas
	$(BIN)/python -m tools.asyncapi --check
	$(BIN)/python -m tools.settings_table --check

validators: $(VENV)/.dev .cache/validators/.installed ## The descriptions and real answers, judged by others' validators; needs Node 18.
	$(NODE_MODULES)/.bin/spectral lint --fail-severity hint --ruleset tools/validators/openapi.yaml openapi/api.json
	$(NODE_MODULES)/.bin/spectral lint --fail-severity hint --ruleset tools/validators/asyncapi.yaml openapi/asyncapi.json
	NODE_PATH=$(NODE_MODULES) node tools/validators/asyncapi.cjs openapi/asyncapi.json
	NIGHTPLAN_REQUIRE_NODE=1 $(BIN)/python -m pytest tests/end_to_end/test_validators.py $(ARGS)

schemathesis: $(VENV)/.dev ## Requests made from the OpenAPI document, in all phases; 5 minutes. ARGS="--seconds 50 --seed 7"
	$(BIN)/python -m tests.schemathesis $(ARGS)

lock: ## Pin all dependencies anew; needs uv.
	uv pip compile -q pyproject.toml --extra local --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements/run.txt
	uv pip compile -q pyproject.toml --extra local --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements/dev.txt

picture: $(VENV)/.dev ## Draw the README's night from a real run.
	$(BIN)/python -m tools.make_picture

bench: $(VENV)/.dev ## The kernel against its peers; about 12 minutes.
	$(BIN)/python -m bench.kernel

bench-quick: $(VENV)/.dev ## The same, in a minute.
	$(BIN)/python -m bench.kernel --quick

bench-service: $(VENV)/.dev ## Takeover, outages, a thousand clients, on both brokers; about 6 minutes.
	$(BIN)/python -m tests.faults.recovery
	$(BIN)/python -m tests.faults.crowd

kafka: $(VENV)/.run ## Run Apache Kafka on this machine until Ctrl-C; needs Java and Maven.
	@$(BIN)/python tools/kafka/run.py

faults: $(VENV)/.dev ## Break a whole system on both brokers and judge it; 6 minutes. ARGS="--seed 7"
	$(BIN)/python -m tests.faults --broker both --minutes 2.2 --commands 2000 --faults 200 --every 2 $(ARGS)

faults-long: $(VENV)/.dev ## The same for an hour.
	$(BIN)/python -m tests.faults --broker both --minutes 29 --commands 20000 --faults 5000 $(ARGS)

faults-mutants: $(VENV)/.dev ## Plant bugs and see that the checker of faults notices each; 1 minute.
	$(BIN)/python -m tests.faults.mutants $(ARGS)

clean: ## Forget the environment and what it ran.
	rm -rf $(VENV) .nightplan .cache/validators .coverage .hypothesis .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "nightplan needs Python 3.11 or newer"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "nightplan needs Python 3.11 or newer, $(PYTHON) is older"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.cache/validators/.installed: tools/validators/package.json tools/validators/package-lock.json
	@command -v npm >/dev/null || { echo "the validators need Node 18 or newer, with npm"; exit 2; }
	@mkdir -p $(@D) && cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@
