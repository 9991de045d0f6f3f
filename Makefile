# make serve | test | lint | bench -- each sets up what it needs, in .venv. ARGS="..." goes to the command.
.PHONY: serve test lint bench
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

serve: $(VENV)/serve
	@$(BIN)/mock-lms serve $(ARGS)

test: $(VENV)/develop
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/develop
	test -x .bench/node_modules/.bin/prism || npm install --silent --prefix .bench @stoplight/prism-cli@5
	-test -n "$(BENCH_MOTO)" || test -x .bench/moto/bin/moto_server || { $(PYTHON) -m venv .bench/moto && \
	  .bench/moto/bin/pip install --quiet --disable-pip-version-check 'moto[server]>=5.2,<6'; }
	$(BIN)/python -m tests.benchmarks $(ARGS)

# silent, since the server's first line on standard output is for programs
$(VENV)/serve: pyproject.toml
	@echo "setting up $(VENV), once" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# dependency groups need pip 25.1; a stock Python 3.11 brings pip 23
$(VENV)/develop: $(VENV)/serve
	@echo "setting up $(VENV) for tests, once" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/pip install --quiet --group test --group lint
	@touch $@
