# make run    set up, build the index if it is missing or stale, serve on HOST:PORT
# make test   set up, a browser included, then everything that has to hold before a commit (.ci/run calls it)
# make index  build the index of the corpus; does nothing if nothing changed
# make check  what `make test` runs after its set-up, with coverage
# make benchmark  ask and judge the development and test topics of eval/; see eval/README.md
# make torture  kill, flip, fill, fuzz, soak and mutate by the thousand, for hours; writes docs/reliability.md
#               CAMPAIGN=name: one of it; RESUME=1: go on where it was
# make screenshots  take the pictures of the README anew
# make bench  measure speed, memory and loss; see bench/README.md
# make wheel  build dist/fmqa-….whl with corpus, encoder and a ready index inside
# make audit  look for known weaknesses of the locked libraries (needs the network), and lint the container files
# make bench-peers  the same passages, weights and questions in LlamaIndex, LangChain, Haystack and txtai
#
# PYTHON, VENV, HOST and PORT can be set: make run PORT=9000

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
SPLITS ?= dev test

BIN := $(VENV)/bin
# The stamp's name holds a checksum of pyproject.toml and the lock: a second start installs nothing, a change does.
SUM := $(shell cat pyproject.toml requirements.lock | cksum | cut -d' ' -f1)
# The lock was resolved for Python 3.11 on Linux; elsewhere, or with LOCK= , versions are found anew.
LOCK ?= $(shell $(PYTHON) -c 'import sys; print("requirements.lock" * (sys.version_info[:2] == (3, 11) and sys.platform == "linux"))')
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
# The same with a sign of life: each library is named when it is fetched.
TELLING := | awk '/^Collecting /{printf "%s ", $$2; fflush()} /^Installing/{printf "\nUnpacking them …\n"; fflush()}'
SHELL := bash
.SHELLFLAGS := -o pipefail -c
RUN_STAMP := $(VENV)/.installed-$(SUM)
EVAL_STAMP := $(VENV)/.installed-eval-$(SUM)
DEV_STAMP := $(VENV)/.installed-dev-$(SUM)

.PHONY: run test index check benchmark bench bench-peers screenshots torture wheel audit browser postgres clean

run: index
	$(BIN)/fmqa serve --host $(HOST) --port $(PORT)

index: $(RUN_STAMP)
	$(BIN)/fmqa index build

test: $(DEV_STAMP) browser postgres
	$(MAKE) check

# The tests of the page want Chromium. Where it cannot be installed they are skipped, except in CI, where they fail.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  echo "No Chromium, and it cannot be installed from here: the tests in a browser will be skipped (in CI: fail)."

# The tests of PostgreSQL start a server of their own; where none can be installed they are skipped, with this reason.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; } || \
	  echo "No PostgreSQL server, and it cannot be installed from here: its tests will be skipped."

check: $(DEV_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/fmqa corpus check
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadgroup --cov=fmqa --cov-report=term:skip-covered --cov-fail-under=94

benchmark: $(EVAL_STAMP)
	$(BIN)/fmqa index build
	$(BIN)/fmqa eval run $(foreach split,$(SPLITS),--split $(split)) $(if $(EVAL_DATA),--data $(EVAL_DATA))

bench: $(DEV_STAMP)
	$(BIN)/python bench/measure.py $(if $(BENCH_DATA),--data $(BENCH_DATA))

# The peers have an environment of their own, which also sees what fmqa has; what cannot be installed is told in the table.
PEERS := $(VENV)-peers
bench-peers: $(RUN_STAMP)
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > $$($(PEERS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/fmqa.pth
	while read -r line; do case "$$line" in \#*) ;; *) $(PEERS)/bin/pip install --quiet --disable-pip-version-check "$$line" || true;; esac; done < bench/peers.txt
	$(BIN)/python bench/peers.py --peers $(PEERS)/bin/python

screenshots: $(DEV_STAMP) browser index
	$(BIN)/python bench/screenshots.py

torture: $(DEV_STAMP)
	$(BIN)/python -m bench.torture $(if $(CAMPAIGN),--campaign $(CAMPAIGN)) $(if $(RESUME),--resume)

# The index is built from the corpus of the repository alone, whatever FMQA_CORPUS and FMQA_INDEX say.
wheel: $(RUN_STAMP)
	rm -rf build/lib
	FMQA_CORPUS=corpus FMQA_INDEX=build/index $(BIN)/fmqa index build
	FMQA_WHEEL_INDEX=build/index $(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

audit: $(RUN_STAMP)
	bash deploy/audit.sh $(BIN)/python

clean:
	find index -mindepth 1 -not -name README.md -delete
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fmqa needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing the libraries that fmqa runs on into $(VENV): the first time this takes most of a minute …"
	@$(if $(LOCK),$(INSTALL:--quiet=--progress-bar=off) --no-deps --require-hashes -r $(LOCK) $(TELLING))
	@$(INSTALL) -e .
	@touch $@

$(EVAL_STAMP): $(RUN_STAMP)
	@$(INSTALL) -e '.[eval]'
	@touch $@

$(DEV_STAMP): $(EVAL_STAMP)
	@echo "Installing what tests and training need besides, torch among it …"
	@$(INSTALL) -e '.[dev]'
	@touch $@
