# Every target sets up what it needs by itself; `make` alone lists them. Works with GNU make 3.81.
SHELL = /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test check format screenshots init-sql dashboards lock bench clean env up up-demo down logs wheels test-stack

# Passed on to the command behind the target, as in: make demo ARGS="--seconds 30"
ARGS =
PY = .venv/bin/python

# The stamps are newer than the lock files they were made from, so a changed lock installs again;
# they carry a mark of this folder, since a .venv that was copied with it still runs the old one.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
RUN = .venv/.ready-run-$(HERE)
DEV = .venv/.ready-dev-$(HERE)
LOCKED = pyproject.toml requirements/build.txt scripts/setup.sh

help: ## list the targets
	@echo "make TARGET [ARGS=\"...\"]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

demo: $(RUN) ## watch a simulated recloser, live; ARGS go to `celador demo`
	@.venv/bin/celador demo $(ARGS)

venv: $(DEV) ## make .venv with what development needs; every target does so by itself

test: $(DEV) ## run the tests; ARGS go to pytest
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: $(DEV) ## lint, format, types, room plan, dependencies
	@$(PY) -m ruff check --quiet || { echo "check: ruff check found faults" >&2; exit 1; }
	@$(PY) -m ruff format --check --quiet || { echo "check: files are not formatted; run: make format" >&2; exit 1; }
	@$(PY) -m mypy --no-error-summary || { echo "check: mypy found faults" >&2; exit 1; }
	@.venv/bin/lint-imports >.venv/lint-imports.log 2>&1 || { cat .venv/lint-imports.log; echo "check: a room imports what it may not" >&2; exit 1; }
	@.venv/bin/deptry src >.venv/deptry.log 2>&1 || { cat .venv/deptry.log; echo "check: dependencies and imports disagree" >&2; exit 1; }
	@echo "check: all clean"

format: $(DEV) ## format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix --quiet; $(PY) -m ruff format --quiet

init-sql: $(DEV) ## write db/init/init.sql from the migrations
	@$(PY) -m celador.stores.timescale.init_sql >db/init/init.sql

dashboards: $(DEV) ## write Grafana's dashboards from grafana/build
	@$(PY) -W ignore::DeprecationWarning -m grafana.build

lock: ## write requirements/*.txt from pyproject.toml; ARGS="--upgrade" for newer versions
	@sh scripts/lock.sh $(ARGS)

bench: $(DEV) ## measure speed and size
	@for file in bench/[!_]*.py; do \
		[ -e "$$file" ] || { echo "bench: nothing to measure yet"; break; }; \
		$(PY) "$$file" $(ARGS) || { echo "bench: $$file failed" >&2; exit 1; }; \
	done

screenshots: $(DEV) ## take pictures of every page of the control room into build/screenshots
	@PYTHONPATH=. $(PY) scripts/screenshots.py $(ARGS)

env: ## write .env for the Docker stack, with random passwords; keeps what it holds
	@python3 scripts/env.py

up: ## start the Docker stack, building what changed
	@sh scripts/stack.sh up

up-demo: ## start it with a simulated recloser, apart from the real data
	@sh scripts/stack.sh up-demo

down: ## stop the Docker stack; the data stay
	@sh scripts/stack.sh down

logs: ## follow the logs of the Docker stack; ARGS names a service
	@sh scripts/stack.sh logs $(ARGS)

wheels: $(RUN) ## fetch the image's packages here, for a builder without a package index
	@sh scripts/wheels.sh $(ARGS)

test-stack: $(DEV) ## build the image, start the stack with a Docker engine, and test it
	@sh scripts/test-stack.sh $(ARGS)

clean: ## remove .venv and everything that was generated
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): requirements/run.txt $(LOCKED)
	@sh scripts/setup.sh run
	@touch $@

$(DEV): requirements/dev.txt requirements/run.txt $(LOCKED)
	@sh scripts/setup.sh dev
	@touch $(RUN) $@
