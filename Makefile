# The two commands: `make reproduce` and `make test`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Stages that run side by side; by default as many as cores and memory allow. The result is the same.
JOBS ?=
SIDE_BY_SIDE = $(addprefix --jobs ,$(JOBS))
# With these, no Python of an environment finds its library, and -m no module of this folder.
unexport PYTHONHOME PYTHONSAFEPATH
# Packages go into the environment, wherever a user's settings of pip would put them.
unexport PIP_TARGET PIP_PREFIX PIP_ROOT
INSTALL = $(BIN)/python -m pip install --quiet --require-hashes --no-user --target ""
# Processes that run tests side by side, each whole files.
WORKERS := -n 2 --dist loadfile

.PHONY: help reproduce demo reference verify compare plots why check test style test-processors test-pythons test-verify test-spread test-docs test-faults test-mutants benchmark digits deps lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 24

# DEVICE=gpu, where it is typed: sets the parameter `device` until DEVICE=cpu sets it back.
reproduce: $(VENV)/.installed ## everything: environment, data, all stages, the report
	$(BIN)/python -m tools.reproduce $(SIDE_BY_SIDE) $(addprefix --device ,$(call typed,DEVICE))

demo: $(VENV)/.installed ## all stages, for fewer variants, on scikit-learn's digits, in build/demo
	$(BIN)/python -m tools.reproduce --demo $(SIDE_BY_SIDE)

# ONLY=tutorial_as_printed: one experiment, named after its folder.
reference: $(VENV)/.installed ## do the experiments of reference/ again (hours; goes on if interrupted)
	$(BIN)/python -m tools.reference $(SIDE_BY_SIDE) $(addprefix --only ,$(ONLY))

# DATASET=digits: the quick form. STRICT=1: the same bytes. CACHE=1: do not compute what is cached.
# Where they are typed: a variable of the caller's environment must not relax anything.
typed = $(if $(filter command,$(firstword $(origin $(1)))),$($(1)))
verify: $(VENV)/.installed-test ## recompute the published results from nothing and compare
	$(BIN)/python -m tools.verify $(SIDE_BY_SIDE) $(addprefix --dataset ,$(call typed,DATASET)) \
	  $(if $(filter-out 0,$(STRICT)),--strict) $(if $(filter-out 0,$(call typed,CACHE)),--cached)

# What XLA compiled stays in a process until it ends, and most of it is compiled for tests of models:
# they have processes of their own.
define unit
	$(BIN)/python -m pytest $(WORKERS) $(1) --ignore tests/unit/models tests/unit
	$(BIN)/python -m pytest $(WORKERS) $(1) tests/unit/models
endef

check: style ## ruff, mypy and the quick tests, which run no pipeline (two minutes)
	$(call unit,-m "not long")

compare: $(VENV)/.installed ## what differs from the results of REV=revision (or experiment), in build/compare
	$(BIN)/python -m tools.compare $(or $(REV),$(error expected REV=a Git revision or DVC experiment))

# REV=main: beside those of another revision or experiment.
plots: $(VENV)/.installed-test ## DVC's charts in a page that opens offline, in build/plots
	$(BIN)/python -m tools.plots $(REV)

why: $(VENV)/.installed ## why DVC would run STAGE=train@sparse: what changed, from what to what
	$(BIN)/python -m tools.why $(or $(STAGE),$(error expected STAGE=a stage of dvc.yaml))

test: style ## also the long tests and those that run pipelines, but for those below (15 minutes)
	$(call unit)
	$(BIN)/python -m pytest $(WORKERS) -m "not (cluster or recomputing or benchmark)" tests/pipeline

style: $(VENV)/.installed-test ## ruff and mypy alone
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy

test-processors: $(VENV)/.installed ## the same bytes on emulated processors (needs qemu-user; hours)
	$(BIN)/python -m tests.robustness.processors $(SIDE_BY_SIDE)

test-pythons: $(VENV)/.installed ## the digits verified with every Python from 3.11 to 3.13 that is here
	$(BIN)/python -m tests.robustness.pythons

test-verify: $(VENV)/.installed-test ## verification that recomputes whole runs on small images (minutes)
	$(BIN)/python -m pytest $(WORKERS) -m recomputing tests/pipeline

test-spread: $(VENV)/.installed-test ## workers with clones of their own, S3 included (minutes)
	$(BIN)/python -m pytest -n 2 --dist load tests/pipeline/test_spread.py tests/pipeline/test_sweeps.py

test-docs: $(VENV)/.installed-test ## type the commands of README and docs in a small study (half an hour)
	$(BIN)/python -m tests.robustness.documented

test-faults: $(VENV)/.installed ## kill runs and see that the next ones recover (an hour)
	$(BIN)/python -m tests.robustness.faults

# ONLY=stages.ledger: some modules. SAMPLE=25: so many of each, the same every time.
test-mutants: $(VENV)/.installed-test ## change single tokens and see that the unit tests notice (hours; goes on)
	$(BIN)/python -m tests.robustness.mutants $(addprefix --only ,$(ONLY)) $(addprefix --sample ,$(SAMPLE))

# ROWS=training,comparison: some of it; see python -m tests.benchmarks --help
benchmark: $(VENV)/.installed-test ## the study's speed beside Keras' fit and PyTorch (hours)
	$(BIN)/python -m pytest -m benchmark tests/pipeline/test_benchmark.py
	$(BIN)/python -m tests.benchmarks $(if $(ROWS),--rows "$(ROWS)")

digits: $(VENV)/.installed ## write reports/digits anew, which verify DATASET=digits expects
	$(BIN)/python -m tools.digits

deps: $(VENV)/.installed ## write the lists of code in reference/*/dvc.yaml anew from the imports
	$(BIN)/python -m tests.import_closure

lock: ## write requirements*.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet -c requirements.lock --group test \
	  pyproject.toml -o requirements-test.lock

clean: ## remove what Git does not track: environment, data, models, DVC's cache, build/
	rm -rf $(VENV) data build .dvc/cache .dvc/tmp reference/*/data reference/*/.dvc/cache \
	  reference/*/.dvc/tmp .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find stages tools tests reference -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit( \
	  f"error: expected Python 3.11 to 3.13, received {v[0]}.{v[1]}; name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# A Python that was upgraded, or another one, does not find the packages of an environment.
VERSION := -c 'import sys; print("%d.%d" % sys.version_info[:2])'
AGAIN := rm -r $(VENV) lets make install it again

.PHONY: same_python
same_python: | $(BIN)/python
	@v=$$($(BIN)/python $(VERSION)) && { [ -d $(VENV)/lib/python$$v ] || { \
	  echo "error: $(VENV): expected the Python that made it, received $$v; $(AGAIN)" >&2; exit 1; }; }
	@v=$$($(BIN)/python $(VERSION)) w=$$($(or $(call typed,PYTHON),$(BIN)/python) $(VERSION)) && [ $$v = $$w ] || { \
	  echo "error: PYTHON: expected $$v, with which $(VENV) was made, received $$w; $(AGAIN)" >&2; exit 1; }

# One package has to be built. Left to itself, pip would fetch what builds it without a checksum.
$(VENV)/.installed: requirements.lock | same_python
	sed -n '/^setuptools==/,/[^\\]$$/p' $< > $(VENV)/build.lock
	$(INSTALL) -r $(VENV)/build.lock
	$(INSTALL) --no-build-isolation -r $<
	touch $@

# A superset of requirements.lock with the same versions.
$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	$(INSTALL) --no-build-isolation -r $<
	touch $@
