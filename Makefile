# Vaguemestre: the verbs of the house. `make help` lists them.
SHELL := /bin/sh
BIN := .venv/bin
PYTHON ?= python3
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run test check format types nightly bench bilan guide lock clean amorce-run amorce-test

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

amorce-run:
	@deploy/amorce.sh run

amorce-test:
	@deploy/amorce.sh test

run: amorce-run ## set everything up, load the invented demo, serve http://127.0.0.1:8080
	@$(BIN)/python -m web demo
	@exec $(BIN)/python -m web serve

test: amorce-test check ## everything it needs, then the whole suite
	# a worker that dies says which test killed it, and ends the run: it would start it again
	$(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0 \
	  -m "not nightly and not browser"
	# apart: the browser's driver keeps an event loop open in its process
	$(BIN)/python -m pytest -m "browser and not nightly"

check: amorce-test ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: amorce-test ## put the code in its usual shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

nightly: amorce-test ## the long drills: kills, floods, large random histories
	$(BIN)/python -m pytest -m nightly

bench: amorce-test ## side-by-side speeds, in one run
	$(BIN)/python -m benchmarks.intake
	$(BIN)/python -m benchmarks.colis
	$(BIN)/python -m benchmarks.bordereaux
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -m benchmarks.portal
	$(BIN)/python -m benchmarks.letters
	$(BIN)/python -m benchmarks.droits

bilan: amorce-test ## play a folder of deposits (DOSSIER=…) and refresh the README's table
	$(BIN)/python -m tests.bilan $(DOSSIER) --readme README.md

guide: amorce-test ## take the pictures of the online help again, from the demo
	$(BIN)/python -m tests.browser.photographier

lock: amorce-test ## pin every dependency again, with hashes
	for name in requirements requirements-dev requirements-uv requirements-npm; do \
	  $(BIN)/uv pip compile -q --generate-hashes --no-annotate --no-header \
	    -c requirements-dev.lock $$name.in -o $$name.lock; done

clean: ## forget what can be rebuilt (the data in ./var stays)
	rm -rf .venv node_modules build artefacts .pytest_cache .mypy_cache .ruff_cache
