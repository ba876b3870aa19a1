# Everything a person does here is a target. Only Python 3.11 (or newer) and make are needed; the rest is installed into .venv.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv
NODE := $(VENV)/.node
READY := $(VENV)/.ready
OURS := keys registry adapters exchange protos
COVERING := tests/unit/exchange/acts tests/unit/exchange/query \
	$(addprefix tests/scenario/test_,one_road.py asking.py refusals.py unknowns.py commands.py)

.DEFAULT_GOAL := help
.PHONY: help demo serve test coverage search check bench proto words clean

help: ## list these targets
	@$(PYTHON) -c 'import re; from exchange.cli.language import say; lines = re.findall(r"(?m)^([a-z]+):.*?## (.*)$$", open("Makefile").read()); [print(f"  make {name:8} {say(text)}") for name, text in lines]'

# $(NODE) has what a node and the demo need, $(READY) what tests and checks need, too. Of what is installed only our own code
# is compiled ahead; the rest is when it is first imported, even where the environment forbids that.
unexport PYTHONDONTWRITEBYTECODE
$(NODE) $(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Yici needs Python 3.11 or newer: make PYTHON=python3.11")'
	@echo "Preparing $(VENV) (once; a minute on a cold machine) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) sync --locked --inexact --extra demo $(if $(filter $(READY),$@),--all-groups,--no-default-groups)
	@$(BIN)/python -m compileall -q $(OURS)
	@touch $@

demo: $(NODE) ## run the settlement case: one case, five departments, every answer on the record
	@$(BIN)/yici demo

serve: $(NODE) ## run a node on the data folder .yici (made on the first run)
	@test -f .yici/yici.toml || $(BIN)/yici init
	@$(BIN)/yici serve

test: $(READY) ## run all tests
	@$(BIN)/python -m pytest

coverage: $(READY) ## run the tests of acts and questions; fail unless they run each line of exchange/acts and exchange/query
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(COVERING)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

search: $(READY) ## run the property tests on new random examples
	@YICI_EXAMPLES=search $(BIN)/python -m pytest tests/property

check: $(READY) ## lint, types, layers, protos, generated code, Chinese texts, lengths of modules, README commands
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/buf lint protos
	@$(BIN)/python -m tests.checks.generated
	@$(BIN)/python -m tests.checks.ledger_format
	@$(BIN)/buf breaking protos --against protos/released.binpb
	@$(BIN)/python -m tests.checks.words
	@$(BIN)/python -m tests.checks.modules
	@$(BIN)/python -m tests.checks.docstrings
	@$(BIN)/python -m tests.checks.readme

bench: $(READY) ## measure against a bare server and a plain service; writes docs/benchmarks.md (ARGS="--entries 10000000")
	@$(BIN)/python -m tests.bench $(ARGS)

proto: $(READY) ## regenerate the code beside the .proto files
	@$(BIN)/python -m tests.checks.generated --write

words: $(READY) ## bring the Chinese catalogue up to the texts of the code, and compile it
	@$(BIN)/python -m tests.checks.words --write

clean: ## remove the environment, the data folder and caches
	@test ! -x $(BIN)/yici || { $(BIN)/yici stop --quiet; $(BIN)/yici stop --quiet --data .yici/demo; $(BIN)/yici stop --quiet --data .yici/quickstart; } || true
	rm -rf $(VENV) .yici .coverage_data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
