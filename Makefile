# Requires make and Python 3.11 or newer with its venv module. Everything else is installed on the first run.
# Settings can be passed as variables: make serve PORT=9000 DATABASE_URL=postgresql://…

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.done
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := $(BIN)/uv --quiet

# This variable would disable the bytecode cache, and a thousand modules would be compiled at every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test test-server test-slow test-long fuzz check bench bench-record bench-report format console screenshots docs docs-build lock migrate doctor release-schema clean
.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'

serve: $(READY) try-console ## Start the server with demo data, on SQLite unless DATABASE_URL is set
	@exec $(BIN)/allotment serve --demo

test: $(READY) try-console ## Run the tests (without those of make check and test-slow) on SQLite and on a temporary PostgreSQL
	@$(BIN)/python -m pytest -n 2 -m "not slow and not long" --ignore=tests/checks $(ARGS)

test-server: $(READY) ## Run a small part of the tests on the PostgreSQL server of TEST_POSTGRES_URL, or on a temporary one
	@$(BIN)/python -m pytest -n 2 -m "any_server and postgresql" $(ARGS)

test-slow: $(READY) try-console ## Run the slow tests
	@$(BIN)/python -m pytest -n 2 -m "slow and not long" $(ARGS)

test-long: $(READY) ## Run fleets of clients, failovers, soaks and the suite on the other executor for minutes, and print their figures
	@$(BIN)/python -m pytest -n 0 -s -m long $(ARGS)

fuzz: $(READY) ## Compare both executors on 10,000 random operations, or CASES=number
	@ALLOTMENT_CASES=$(or $(CASES),10000) $(BIN)/python -m pytest -n 2 -m slow tests/executor tests/api/test_executor_equivalence.py

check: $(READY) ## Check format, lint, spelling, types, import contracts, schema.graphql, the console and project rules
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/codespell *.md */*.md docs deploy website schema.graphql
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/allotment schema --check schema.graphql
	releases/compare $(VENV)
	console/check $(VENV)
	$(BIN)/python -m pytest -q -n 2 tests/checks

bench: $(VENV)/.bench ## Benchmark the server and its competitors; see bench/README.md
	@$(BIN)/python -m bench $(ARGS)

bench-record: $(VENV)/.bench ## Benchmark before a release, and add the ratios to bench/history.jsonl
	@$(BIN)/python -m bench --record $(ARGS)

bench-report: $(VENV)/.bench ## Draw the ratios of all recorded runs (docs/images/bench-history.png)
	@$(BIN)/python -m bench.history $(ARGS)

format: $(READY) ## Format the code and apply automatic fixes
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

migrate: $(READY) ## Migrate the database to the newest revision
	@$(BIN)/allotment migrate

doctor: $(READY) ## Check the settings, the database and the environment
	@$(BIN)/allotment doctor

lock: $(READY) ## Update requirements.lock from pyproject.toml
	$(UV) pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	@for extra in bench docs; do \
	    $(BIN)/python -c 'import sys, tomllib as t; p = t.load(open("pyproject.toml", "rb"))["project"]; \
	        print(*p["optional-dependencies"][sys.argv[1]], sep="\n")' $$extra \
	        | $(UV) pip compile - --constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
	        --no-annotate --no-emit-index-url --no-emit-find-links --no-header -o requirements-$$extra.lock || exit; \
	done

release-schema: $(READY) ## Record schema.graphql as the schema of the release that pyproject.toml names
	@releases/record $(VENV)

clean: ## Remove build results and installed packages, but not the database and the secret
	rm -rf $(VENV) console/dist* website/dist* */node_modules bench/contenders/node/node_modules
	rm -rf tests/clients/node_modules tests/clients/ariadne/.venv examples/*/node_modules examples/*/build examples/web/dist examples/web/src/gql
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment -----------------------------------------------------------------------------------------------------

$(BIN)/python:
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        exec "$$python" -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "Needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt install python3 python3-venv)." >&2; \
	echo "If it has another name: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
	exit 1

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing requirements.lock into $(VENV)" >&2
	@$(PIP) install uv && $(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock \
	    || $(PIP) install --require-hashes -r requirements.lock
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e . \
	    || $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.bench $(VENV)/.docs: $(VENV)/.%: requirements-%.lock $(READY)
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements-$*.lock \
	    || $(PIP) install --require-hashes -r requirements-$*.lock
	@touch $@

# The console ---------------------------------------------------------------------------------------------------------

# The server and the tests also run without the console.
.PHONY: try-console
try-console: $(READY)
	@$(MAKE) --no-print-directory --question console/dist/.done 2>/dev/null || $(BIN)/python console/try-build $(VENV)

CONSOLE_SOURCES := $(shell find console -type f -not -path 'console/dist*/*' -not -path 'console/node_modules/*')

console: console/dist/.done ## Build the console, and print its sizes

console/dist/.done: $(CONSOLE_SOURCES) | $(READY)
	@console/build $(VENV)

screenshots: $(READY) console ## Take the screenshots of the documentation, with Chromium and the demo data
	@$(BIN)/python -m tests.console.screenshots

# The documentation site ----------------------------------------------------------------------------------------------

docs: docs-build ## Build the documentation site and serve it at http://localhost:8001, or PORT=number
	@exec $(BIN)/python -m website serve $(or $(PORT),8001)

docs-build: $(VENV)/.docs ## Build the documentation site into website/dist
	@website/build $(VENV)
