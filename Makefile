# pollcam: `make help` explains each target.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PARTS := .cache/parts
ARGS ?=

.PHONY: help demo test check lint types all-tests quick-tests fmt parts reference screenshots clean record-hour bench-record bench-demo bench-first-picture bench-fanout bench-workers bench-ingest bench-latency bench-badlink bench-on-demand bench-wall bench-centre soak-live

help: ## show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: $(INSTALLED) ## set up and run a polling day on this machine; options: ARGS="--stations 6"
	@exec $(BIN)/pollcam demo $(ARGS)

test: parts $(INSTALLED) ## set up what the tests need and pass every one of them
	@$(MAKE) --no-print-directory --jobs=2 lint types all-tests

check: $(INSTALLED) ## lint, types, import contracts and unit tests, in about a minute
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types quick-tests

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(INSTALLED)
	$(BIN)/mypy

all-tests: $(INSTALLED)
	$(BIN)/pytest --fail-on-skip --index=both --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(ARGS)

quick-tests: $(INSTALLED) # the contracts are linted beside; that each can be broken, `make test` shows
	$(BIN)/pytest -q --numprocesses=2 --hypothesis-profile=quick tests/unit tests/structure \
		--ignore=tests/structure/test_import_contracts.py

fmt: $(INSTALLED) ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

parts: ## get the real parts of the tests: PostgreSQL, MinIO, Chromium, RTSP server …
	@tests/parts/install.sh $(PARTS)

reference: $(INSTALLED) ## make the tables of docs/ref anew from the code
	$(BIN)/python -m tests.structure.write_reference

screenshots: $(INSTALLED) ## every page and state, phone and desktop, both themes, into screenshots/
	$(BIN)/python -m tests.stage.screenshots $(ARGS)

record-hour: $(INSTALLED) ## record a real RTSP camera for an hour and compare every picture
	$(BIN)/python -m tests.integration.recorder.record_hour $(ARGS)

bench-record: $(INSTALLED) ## N RTSP cameras in one agent against N ffmpeg processes
	$(BIN)/python -m benchmarks.record $(ARGS)

bench-demo: $(INSTALLED) ## how soon the demo is ready, what it uses, how soon it is gone
	$(BIN)/python -m benchmarks.demo $(ARGS)

bench-first-picture: $(INSTALLED) ## from a click on the wall to the first live picture, in Chromium
	$(BIN)/python -m benchmarks.first_picture $(ARGS)

bench-fanout: $(INSTALLED) ## viewers a core, ours and stock aiortc's; peers: MEDIAMTX=path GO2RTC=path
	$(BIN)/python -m benchmarks.fanout $(ARGS)

bench-workers: $(INSTALLED) ## the same viewers on one worker process, then on two
	$(BIN)/python -m benchmarks.workers $(ARGS)

bench-ingest: $(INSTALLED) ## WHIP publishers a core, ours and stock aiortc's; peers: MEDIAMTX=path GO2RTC=path
	$(BIN)/python -m benchmarks.ingest $(ARGS)

bench-badlink: $(INSTALLED) ## frozen pictures behind bad networks, in Chromium; peer: MEDIAMTX=path; as root, in namespaces
	$(BIN)/python -m benchmarks.badlink $(ARGS)

bench-latency: $(INSTALLED) ## first picture and its age in Chromium; peer: MEDIAMTX=path
	$(BIN)/python -m benchmarks.latency $(ARGS)

bench-on-demand: $(INSTALLED) ## an on-demand station: from the wish to the picture, and to its rest
	$(BIN)/python -m benchmarks.on_demand $(ARGS)

bench-wall: $(INSTALLED) ## the wall in Chromium with 6,000 cameras, and with 60: stutter, memory
	$(BIN)/python -m benchmarks.wall $(ARGS)

bench-centre: $(INSTALLED) ## stations that one API process carries, on PostgreSQL; footage in MinIO: ARGS="--objects s3"
	$(BIN)/python -m benchmarks.centre $(ARGS)

soak-live: $(INSTALLED) ## 10,000 viewers come and leave in 10 min: what grows; short: ARGS="--connects 500"
	$(BIN)/python -m benchmarks.soak $(ARGS)

clean: ## remove what was made here: environment, caches, the demo's data
	rm -rf $(VENV) .cache demo-data screenshots .pytest_cache .mypy_cache .ruff_cache

$(INSTALLED): pyproject.toml constraints.txt $(wildcard streamer/_native*.[ch])
	@command -v $(PYTHON) >/dev/null || { echo "pollcam needs Python 3.11 or newer" >&2; exit 2; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pollcam needs Python 3.11 or newer")'
	echo "setting up $(VENV); this takes a minute"
	$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt install python3-venv" >&2; exit 2; }
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
