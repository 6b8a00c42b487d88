# Needs make and Python 3.11 or later; everything else is installed into .venv, pinned with hashes.
# Each environment is installed again only when its pins have changed.

PYTHON ?=
# Processes that run tests side by side; 0 runs them one after another in one process.
WORKERS ?= 2
# More arguments for pytest, the demo or the benchmarks: make test ARGUMENTS="-k aging"
ARGUMENTS ?=
# How much generated data the tests use: smoke, slice or full.
SCALE ?= slice

BIN := .venv/bin
STAMPS := .venv/stamps
TIMED := scripts/timed.sh
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
PYTEST := MARKETPLACE_TEST_SCALE=$(SCALE) $(BIN)/python -m pytest
WITH_WORKERS := $(if $(filter-out 0,$(WORKERS)),-p xdist -n $(WORKERS) --dist loadgroup)

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format laws crash security bench docs api-docs killbill killbill-stop mariadb licenses lock upgrade wheel clean distclean

help: ## Say what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

install: $(STAMPS)/run ## Install the program marketplace and all its parts into .venv

demo: $(STAMPS)/run ## Bill, match and age a sample portfolio, on a database of its own
	@$(BIN)/python -m marketplace_entrypoints.demo $(ARGUMENTS)

test: $(STAMPS)/test $(STAMPS)/bench ## Run all tests; laws, crashes and benchmarks on a seeded slice
	@scripts/mariadb.sh || true
	@$(TIMED) "tests" env $(PYTEST) $(WITH_WORKERS) $(ARGUMENTS)

# mypy and pyright take one processor each, so they run beside one another.
lint: $(STAMPS)/lint ## Check style, types and the import contract
	@failed=0; \
	said=$$(mktemp); trap 'rm -f "$$said"' EXIT; \
	$(TIMED) "pyright" $(BIN)/pyright >"$$said" 2>&1 & pyright=$$!; \
	$(TIMED) "ruff check" $(BIN)/ruff check --quiet . || failed=1; \
	$(TIMED) "ruff format" $(BIN)/ruff format --check . || failed=1; \
	$(TIMED) "import contract" $(BIN)/lint-imports --no-cache --no-logo || failed=1; \
	$(TIMED) "mypy" $(BIN)/mypy || failed=1; \
	wait $$pyright || failed=1; cat "$$said"; \
	exit $$failed

format: $(STAMPS)/lint ## Format the code and mend what can be mended by rule
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

laws: SCALE = full
laws: $(STAMPS)/test ## Run the laws of the books on many generated portfolios
	@$(TIMED) "laws" env $(PYTEST) $(WITH_WORKERS) -m laws $(ARGUMENTS)

crash: SCALE = full
crash: $(STAMPS)/test ## Kill running commands at many points and see that they complete
	@$(TIMED) "crash" env $(PYTEST) -m crash $(ARGUMENTS)

security: $(STAMPS)/run ## Ask a server of its own from outside whether its defences stand
	@$(TIMED) "security" $(BIN)/python scripts/security.py

bench: $(STAMPS)/bench ## Measure the work beside its peers and print the table
	@$(TIMED) "benchmarks" $(BIN)/python -m benchmarks $(ARGUMENTS)

docs: $(STAMPS)/test ## Run every example in README.md, docs/ and the docstrings
	@$(PYTEST) tests/packaging/test_documentation.py $(ARGUMENTS)

api-docs: $(STAMPS)/run ## Write the Postman collections and the cURL examples to docs/api/
	@$(BIN)/python scripts/postman.py
	@$(BIN)/python scripts/killbill_pair.py

killbill: $(STAMPS)/run ## Start a Kill Bill in killbill-sandbox/ and say where (Java 17 and Maven)
	@$(TIMED) "Kill Bill" $(BIN)/python -m scripts.killbill_sandbox start --folder killbill-sandbox $(ARGUMENTS)

killbill-stop: $(STAMPS)/run ## Stop that Kill Bill; its books stay
	@$(BIN)/python -m scripts.killbill_sandbox stop --folder killbill-sandbox

mariadb: ## Install a MariaDB for the tests of the portal's adapter, where apt-get and we may
	@$(TIMED) "MariaDB" scripts/mariadb.sh

licenses: $(STAMPS)/run ## Write the licences of what the program needs to docs/licenses.md
	@$(BIN)/python scripts/licenses.py

lock: $(STAMPS)/lock ## Pin what pyproject.toml asks for, with hashes, in requirements/
	@scripts/lock.sh $(BIN)/uv

upgrade: $(STAMPS)/lock ## Pin the newest versions instead of keeping the present ones
	@scripts/lock.sh $(BIN)/uv --upgrade

wheel: $(STAMPS)/build ## Build the wheel and the source distribution in dist/
	@$(BIN)/python -m hatchling build -d dist

clean: ## Remove caches and built files
	@rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs rm -rf

distclean: clean ## Remove .venv too
	@rm -rf .venv

.venv/pyvenv.cfg:
	@python=$$(scripts/find-python.sh $(PYTHON)) && echo "Making .venv with $$python" >&2 && "$$python" -m venv .venv

# An environment whose making was interrupted, or that another tool made, may lack pip.
$(STAMPS)/build: requirements/build.txt | .venv/pyvenv.cfg
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(TIMED) "install what builds the package" $(PIP) --require-hashes -r requirements/build.txt
	@mkdir -p $(STAMPS) && touch $@

# Editable: the tree is what runs. The build tools are pinned too, hence no isolation.
$(STAMPS)/package: pyproject.toml $(STAMPS)/build
	@$(PIP) --no-build-isolation --no-deps --no-index --editable .
	@touch $@

$(STAMPS)/lock: requirements/lock.txt | .venv/pyvenv.cfg
	@$(PIP) --require-hashes -r requirements/lock.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run $(STAMPS)/test $(STAMPS)/lint $(STAMPS)/bench: $(STAMPS)/%: requirements/%.txt $(STAMPS)/package
	@$(TIMED) "install requirements/$*.txt" $(PIP) --require-hashes -r requirements/$*.txt
	@touch $@
