PY := .venv/bin/python
ARGS ?=

.PHONY: help demo test test-serve test-litellm check chart bench soak model lock clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

.venv/.ready: requirements-dev.lock pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.ready ## Show every action on a scripted model endpoint (ARGS=--once to exit)
	@.venv/bin/stoplog demo $(ARGS)

test: .venv/.ready ## Run the tests
	@$(PY) -m pytest $(ARGS)

build/serve/.ready: tests/outside/serve-requirements.txt
	python3 -m venv build/serve
	build/serve/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

build/litellm/.ready: tests/outside/litellm-requirements.txt
	python3 -m venv build/litellm
	build/litellm/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test-serve: .venv/.ready build/serve/.ready ## Another server as the upstream (needs 1 GB for its environment)
	@$(PY) -m pytest tests/outside/test_transformers_serve.py $(ARGS)

test-litellm: .venv/.ready build/litellm/.ready ## LiteLLM as a client, in an environment of its own
	@$(PY) -m pytest tests/outside/test_litellm_client.py $(ARGS)

bench: .venv/.ready ## Measure what the gateway adds (ARGS=--json for files)
	@$(PY) -m benchmarks.overhead $(ARGS)
	@$(PY) -m benchmarks.first_token $(ARGS)

soak: .venv/.ready ## The long versions of the kill, fuzz and property tests
	@STOPLOG_SOAK=1 $(PY) -m pytest --timeout 7200 $(ARGS)

chart: .venv/.ready ## Render and lint the Helm chart with Helm
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: helm-python-sdk==0.2.2
	@$(PY) -m pytest tests/deploy/test_chart.py $(ARGS)

check: .venv/.ready ## Lint, format, types, import order
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

build/training/.ready: classifiers/training/requirements.txt
	python3 -m venv build/training
	build/training/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

model: build/training/.ready ## Make the bundled model anew (DATA=folder of the data sets)
	@test -n "$(DATA)" || { echo "make model DATA=folder"; exit 2; }
	@nice -n 5 build/training/bin/python -m classifiers.training $(DATA) $(ARGS)

lock: ## Renew the lock files
	@scripts/lock

clean: ## Remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
