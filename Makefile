# Needs make and Python 3.11 or newer with its venv module. All else is fetched on the first run, and only then.
# What the server reads from the environment can be given here too: make serve PORT=9000 DATABASE_URL=postgresql://…

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.done
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := $(BIN)/uv --quiet

# Set, it would have a thousand modules compiled anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test test-slow fuzz check bench format console lock migrate doctor clean
.DEFAULT_GOAL := help

help: ## List what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'

serve: $(READY) try-console ## Start the server with demo data, on SQLite unless DATABASE_URL says otherwise
	@exec $(BIN)/allotment serve --demo

test: $(READY) try-console ## Run the tests but those of make check, on SQLite and on a PostgreSQL of their own
	@$(BIN)/python -m pytest -n 2 -m "not slow" --ignore=tests/checks $(ARGS)

test-slow: $(READY) try-console ## Run the tests that take their time
	@$(BIN)/python -m pytest -n 2 -m slow $(ARGS)

fuzz: $(READY) ## Compare both executors on ten thousand random operations, or on as many as CASES says
	@ALLOTMENT_CASES=$(or $(CASES),10000) $(BIN)/python -m pytest -n 2 -m slow tests/executor tests/api/test_executors_agree.py

check: $(READY) ## Check format, lint, types, imports, the schema file and the rules of this project
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/allotment schema --check schema.graphql
	$(BIN)/python -m pytest -q -n 2 tests/checks

bench: $(VENV)/.bench ## Measure the server beside others; see bench/README.md
	@$(BIN)/python -m bench $(ARGS)

format: $(READY) ## Format the code and mend what can be mended by program
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

migrate: $(READY) ## Bring the database up to date
	@$(BIN)/allotment migrate

doctor: $(READY) ## Say what to mend before the server runs well
	@$(BIN)/allotment doctor

lock: $(READY) ## Resolve the dependencies of pyproject.toml anew
	$(UV) pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	$(BIN)/python -c 'import tomllib as t; p = t.load(open("pyproject.toml", "rb"))["project"]; \
	    print(*p["optional-dependencies"]["bench"], sep="\n")' \
	    | $(UV) pip compile - --constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-emit-index-url --no-emit-find-links --no-header -o requirements-bench.lock

clean: ## Remove what was built or installed; the database and the secret stay
	rm -rf $(VENV) console/dist console/node_modules bench/contenders/node/node_modules
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
	echo "If there is one under another name, say so: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
	exit 1

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what requirements.lock names into $(VENV)" >&2
	@$(PIP) install uv && $(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock \
	    || $(PIP) install --require-hashes -r requirements.lock
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e . \
	    || $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(READY)
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements-bench.lock \
	    || $(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

# The console ---------------------------------------------------------------------------------------------------------

# The server and the tests do without the console where it cannot be built.
.PHONY: try-console
try-console: $(READY)
	@$(MAKE) --no-print-directory --silent console || echo "The console could not be built; all else works without." >&2

CONSOLE_SOURCES := $(shell find console -type f -not -path 'console/dist/*' -not -path 'console/node_modules/*')

console: console/dist/.done ## Build the GraphiQL console

console/dist/.done: $(CONSOLE_SOURCES) | $(READY)
	@console/build $(VENV)
	@touch $@
