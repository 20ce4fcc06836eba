PY := .venv/bin/python
ARGS ?=

.PHONY: help demo test check bench soak lock clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

.venv/.ready: requirements-dev.lock pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.ready ## Show every action on a scripted model endpoint (ARGS=--once to exit)
	@.venv/bin/stoplog demo $(ARGS)

test: .venv/.ready ## Run the tests
	@$(PY) -m pytest $(ARGS)

check: .venv/.ready ## Lint, format, types, import order
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

lock: ## Renew the lock files
	@scripts/lock

clean: ## Remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
