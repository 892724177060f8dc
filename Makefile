.DEFAULT_GOAL := help
.PHONY: help setup setup-dev start serve test bench pages docs lock wheel clean

bin := .venv/bin
question := MSC fibrosis --via Treg --sign -
picture := msc-treg-fibrosis.html

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' Makefile | while IFS='	' read -r name text; do printf 'make %-10s %s\n' "$$name" "$$text"; done

setup:  ## install the locked dependencies and the project into .venv
	@scripts/setup.sh

setup-dev:  ## the same, with what the tests need
	@scripts/setup.sh dev

# No separate build: kg builds the graph of a checkout when a file behind it has changed.
start: setup  ## ask how MSCs lower fibrosis through regulatory T cells, and draw the answer
	@$(bin)/kg paths $(question)
	@$(bin)/kg draw $(question) -o $(picture)
	@echo "The picture is $(CURDIR)/$(picture); open it in a browser."

serve: setup  ## open the graph in a browser, on this machine only
	@$(bin)/kg serve --open

test: setup-dev  ## check style, types and imports, then run the tests
	@$(bin)/ruff check --quiet
	@$(bin)/ruff format --check --quiet || { echo 'Some files are not formatted: run $(bin)/ruff format'; exit 1; }
	@$(bin)/mypy
	@$(bin)/lint-imports --no-logo
	@$(bin)/pytest -n 2

bench: setup-dev  ## run the benchmarks
	@$(bin)/python -m benchmarks

pages: setup-dev  ## make the reference pages of the ontology and its class tree in build/pages/
	@$(bin)/python scripts/ontology_pages.py build/pages

docs: setup-dev  ## build the documentation site in build/site/; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(bin)/mkdocs build --strict --quiet
	@echo "The site is $(CURDIR)/build/site/index.html; it opens without a server."

# The files name the public index only, whatever mirror the person who locks uses.
# Without UPGRADE=1, versions already locked stay.
lock:  ## solve pyproject.toml anew into uv.lock and requirements*.txt (UPGRADE=1: newest versions)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	@UV_INDEX= UV_EXTRA_INDEX_URL= UV_FIND_LINKS= uv lock --quiet --default-index https://pypi.org/simple $(if $(UPGRADE),--upgrade)
	@for part in ':--no-default-groups' '-dev:--only-group dev' '-build:--only-group build'; do \
		file="requirements$${part%%:*}.txt"; \
		{ echo '# Made from uv.lock by `make lock`; do not edit.'; \
		  uv export --quiet --frozen --no-header --no-emit-project $${part#*:}; } > "$$file" || exit 1; \
	done
	@if grep -noE 'https?://[^ "]+' uv.lock requirements*.txt | grep -vE ':https://(pypi\.org/simple$$|files\.pythonhosted\.org/)'; then \
		echo 'make lock: the addresses above are not of the public index' >&2; exit 1; \
	fi

wheel: setup  ## build the source archive and the wheel (with the built graph in it) into dist/
	@rm -rf dist
	@$(bin)/python -m hatchling build -d dist

clean:  ## remove everything that make made, .venv too
	@rm -rf .venv dist build $(picture) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find kg tests benchmarks scripts -type d -name __pycache__ -prune -exec rm -rf {} +
