# make serve | test | lint | bench -- each sets up what it needs, in .venv. ARGS="..." goes to the command.
# make mutants changes the deciding code in small ways, one at a time, and lists the changes that no test notices.
# make lock compiles requirements/*.txt anew; make newest runs the tests with the newest of everything, in .newest.
.PHONY: serve test lint bench mutants lock newest
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/pip --disable-pip-version-check
# What is installed is what was tested: each file with its hash. The project itself has none, and brings nothing along;
# it is built by the hatchling that is locked, too, and not by the newest.
LOCKED = $(PIP) install --quiet --require-hashes --requirement
PROJECT = $(PIP) install --quiet --no-deps --no-build-isolation --editable .

serve: $(VENV)/serve
	@$(BIN)/mock-lms serve $(ARGS)

test: $(VENV)/develop
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(VENV)/develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/develop
	test -x .bench/node_modules/.bin/prism || npm install --silent --prefix .bench @stoplight/prism-cli@5
	-test -n "$(BENCH_MOTO)" || test -x .bench/moto/bin/moto_server || { $(PYTHON) -m venv .bench/moto && \
	  .bench/moto/bin/pip install --quiet --disable-pip-version-check 'moto[server]>=5.2,<6'; }
	$(BIN)/python -m tests.benchmarks $(ARGS)

# in an environment of its own, since mutmut brings setproctitle, with which Granian would rename the servers of tests
mutants:
	@$(MAKE) --no-print-directory VENV=.venv-mutants .venv-mutants/mutants
	.venv-mutants/bin/python -m tests.mutants

# silent, since the server's first line on standard output is for programs
$(VENV)/serve: pyproject.toml requirements/serve.txt
	@echo "setting up $(VENV), once" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(LOCKED) requirements/serve.txt
	@$(PROJECT)
	@touch $@

$(VENV)/develop: $(VENV)/serve requirements/develop.txt
	@echo "setting up $(VENV) for tests, once" >&2
	@$(LOCKED) requirements/develop.txt
	@touch $@

# on top of the tests' packages, with the same versions: mutmut runs in the process of the tests
$(VENV)/mutants: $(VENV)/develop requirements/mutants.txt
	@$(LOCKED) requirements/mutants.txt
	@touch $@

# whatever index and settings this machine has are nobody else's: none of them goes into the files
COMPILE = .lock/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
  --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	test -x .lock/bin/uv || { $(PYTHON) -m venv .lock && .lock/bin/pip install --quiet --disable-pip-version-check uv; }
	$(COMPILE) pyproject.toml --group build --output-file requirements/serve.txt
	$(COMPILE) pyproject.toml --group build --group test --group lint --constraint requirements/serve.txt \
	  --output-file requirements/develop.txt
	$(COMPILE) --group mutants --constraint requirements/develop.txt --output-file requirements/mutants.txt

# always anew; dependency groups need pip 25.1, and a stock Python 3.11 brings pip 23
newest:
	$(PYTHON) -m venv --clear .newest
	.newest/bin/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	.newest/bin/pip install --quiet --editable . --group build --group test --group lint
	.newest/bin/python -m pytest -n auto --dist worksteal $(ARGS)
	.newest/bin/ruff check
	.newest/bin/mypy
