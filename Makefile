# `make demo` and `make test` each set up all they need on a fresh clone: only Python 3.11+, make and git are assumed.
# Everything goes to .venv/; PYTHON=/path/to/python chooses another interpreter than the first suitable one found.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PINNED := --build-constraint constraints.txt --editable ".[gateway]"
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
CANDIDATES := python3.13 python3.12 python3.11 python3.14 python3 python
# The demo's; not `?=`, since many environments have a PORT that means something else.
PORT = 8000
PYTHON ?= $(shell for it in $(CANDIDATES); do "$$it" -c '$(SUITABLE)' >/dev/null 2>&1 && echo "$$it" && break; done)

.PHONY: help demo test crash soak fuzz nightly lint bench constraints clean

help:
	@echo "make demo    open a small café that asks its guests, on http://127.0.0.1:8000 (or PORT=9000; the next is the gateway's)"
	@echo "make test    run every test (fetches a browser where none is found)"
	@echo "make fuzz    thousands of requests made from the API's description, each answer held to it"
	@echo "make nightly hunt for hours where the tests hunt for seconds (ten million events through index and brute force)"
	@echo "make crash   kill gateways, databases and sinks under load, a few hundred times (20 minutes)"
	@echo "make soak    a gateway at 70 % of its capacity for ten minutes, with a webhook that comes and goes (or MINUTES=3)"
	@echo "make lint    ruff, mypy and import-linter"
	@echo "make bench   print a table of ratios"

demo: $(VENV)/.runs
	@$(BIN)/tactful demo --port $(PORT)

test: $(VENV)/.develops
	@$(BIN)/python -m tests.browser
	@$(BIN)/pytest -n 2 --dist loadfile

fuzz: $(VENV)/.develops
	@$(BIN)/python -m tests.acceptance.fuzz

# From another seed each day. What it finds is printed with its seed, and becomes a named test.
nightly: $(VENV)/.develops
	@$(BIN)/python -m tests.rules.conditions.index.differential --events 10000000 --seed $$(date +%Y%m%d0000000)
	@$(BIN)/pytest tests/rules tests/gateway/naive --hypothesis-profile nightly
	@$(BIN)/python -m tests.acceptance.load --calls 100000 --seed $$(date +%Y%m%d)
	@$(BIN)/python -m tests.acceptance.load --calls 100000 --gateways 3 --seed $$(date +%Y%m%d)
	@$(BIN)/python -m tests.acceptance.fuzz --examples 300 --seed $$(date +%Y%m%d)

# SEED=1 strikes where another run did that printed this seed.
crash: $(VENV)/.develops
	@$(BIN)/python -m tests.acceptance.crash $(if $(SEED),--seed $(SEED))

# On a machine that does something else, too, RATE=100 visits a second instead of 70 % of what it can do.
soak: $(VENV)/.develops
	@$(BIN)/python -m tests.acceptance.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))

lint: $(VENV)/.develops
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.develops .bench/.peers
	@$(BIN)/python -m tests.benchmarks

# What the demo needs; the tools for development come on top, so that a first look is quick.
$(VENV)/.runs: pyproject.toml constraints.txt
	@$(BIN)/python -c '$(SUITABLE)' 2>/dev/null || { \
		test -n "$(PYTHON)" || { echo "Tactful needs Python 3.11 or newer with venv (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }; \
		echo "Making the environment in $(VENV) with $(PYTHON) ..."; \
		"$(PYTHON)" -m venv --clear $(VENV); }
	@echo "Installing Tactful and its gateway ..."
	@$(PIP) "pip>=25.3"
	@$(PIP) $(PINNED)
	@touch $@

$(VENV)/.develops: $(VENV)/.runs
	@echo "Installing the tools for development ..."
	@$(PIP) $(PINNED) --group dev
	@touch $@

# The tools that Tactful is compared with: nothing but benchmarks needs them.
PEERS := tests/benchmarks/peers/requirements.txt
.bench/.peers: $(PEERS) | $(VENV)/.runs
	@echo "Installing the tools to compare with in .bench/peers ..."
	@$(BIN)/python -m venv --clear .bench/peers
	@.bench/peers/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.3"
	@.bench/peers/bin/python -m pip install --quiet --disable-pip-version-check --build-constraint constraints.txt \
		--requirement $(PEERS) --editable .
	@touch $@

# Writes the versions in use to constraints.txt, after they were raised and the tests passed.
constraints: $(VENV)/.develops
	@head -n 1 constraints.txt > $(VENV)/constraints.txt
	@$(BIN)/python -m pip freeze --all --exclude-editable --exclude setuptools >> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .demo .bench
