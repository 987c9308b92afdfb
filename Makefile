# `make help` lists what there is. Everything is run by the Python of .venv, which the first call sets up.

# Paths stay relative throughout, since a path with a space in it cannot be a target of make.
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BUS ?= postgres
CLOCK ?=
BENCH ?=
# The documentation site: its first page stands for all of it.
SITE := services/edge/docs/site/index.html
SITE_SOURCES := $(wildcard services/edge/docs/*.* services/edge/docs/guides/*.md services/edge/docs/assets/*) \
  proto/doselane/descriptors.binpb proto/doselane/what_to_do.yaml contracts/asyncapi/doselane.yaml contracts/deprecations.md CHANGELOG.md
# How the tests are shared out: among so many processes, each with servers of its own (WORKERS=0: none but pytest's).
WORKERS ?= auto
# The interpreter to build .venv from; the newest suitable one is looked for when this is not given.
PYTHON ?=

export PYTHONUTF8 := 1
# The Pact core would otherwise report each run to its makers.
export PACT_DO_NOT_TRACK := true

# A .venv that was made in another place (a copied checkout) points back to that place: make it anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
$(shell rm -f $(READY))
endif

.DEFAULT_GOAL := help
.PHONY: help setup run demo docs test test-long bench lint format proto release-contracts clean

help: ## List the targets
	@echo "Doselane. Needs only make and Python 3.11 or newer; everything else is set up in .venv."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-26s %s\n", $$1, $$2}'

setup: $(READY) ## Set up .venv (every other target does it by itself)

# A site that could not be built keeps nobody from running the gateway.
run: $(READY) ## Start the gateway, play a demo day, stay up (BUS=kafka: over Apache Kafka; CLOCK=+36h: in the future)
	@$(MAKE) -s $(SITE) || echo "The gateway starts without its documentation." >&2
	@exec $(PY) -m services.local run --bus $(BUS) $(if $(CLOCK),--clock $(CLOCK))

demo: $(READY) ## Play the demo day and exit 0 or 1; the last line is one JSON object
	@exec $(PY) -m services.local demo --bus $(BUS) $(if $(CLOCK),--clock $(CLOCK))

docs: $(READY) ## Build the documentation site, which the gateway serves under /docs/
	$(PY) -m services.edge.docs

test: $(READY) ## Run the tests, with real PostgreSQL and, where Java and Maven are, real Kafka
	@$(PY) -m tests.support
	@exec $(PY) -m pytest -n $(WORKERS)

test-long: $(READY) ## Run the long forms of the tests
	@$(PY) -m tests.support
	@exec $(PY) -m pytest -n $(WORKERS) -m long --timeout 3600

bench: $(READY) ## Measure everything, one JSON line a case (BENCH=claims: one bench)
	@exec $(PY) -m tests.bench $(BENCH)

lint: $(READY) ## Check style, types, generated code and consumers' contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) proto/generate.py --check
	$(PY) -m doselane.client contracts can-i-deploy

format: $(READY) ## Rewrite the code in the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

proto: $(READY) ## Generate the stubs and the descriptor set from the protos
	$(PY) proto/generate.py

release-contracts: proto ## Make today's protos the ones that later changes must not break
	$(PY) -m tests.contracts release
	$(PY) -m tests.contracts asyncapi
	$(PY) -m tests.contracts deprecations
	$(PY) -m doselane.client contracts matrix --write contracts/matrix.md

clean: ## Remove .venv, the gateway's data in .data and what the tools left behind
	rm -rf $(VENV) .data services/edge/docs/site .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Built anew when what is written for it, or the published language, has changed.
$(SITE): $(READY) $(SITE_SOURCES)
	@echo "Building the documentation; this takes some seconds."
	@$(PY) -m services.edge.docs

# The interpreter must be new enough and able to make a venv; Debian ships that part apart, hence the long message.
$(READY): pyproject.toml constraints.txt
	@set -e; python=''; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python3.14 python); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then python="$$candidate"; break; fi; \
	    incomplete="$$candidate"; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  if [ -n "$$incomplete" ]; then \
	    echo "$$incomplete is new enough but lacks the venv module; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  else \
	    echo "Doselane needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 ..." >&2; \
	  fi; \
	  exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$python" --version), once; this takes about a minute."; \
	if [ "$$(cat $(VENV)/.place 2>/dev/null)" != "$(CURDIR)" ] || ! $(PY) -m pip --version >/dev/null 2>&1; then \
	  "$$python" -m venv --clear $(VENV); \
	  printf '%s\n' "$(CURDIR)" > $(VENV)/.place; \
	fi; \
	$(PY) -m pip install --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'; \
	cp $(VENV)/.place $(READY); \
	echo "Set-up done."
