# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target sets up what it needs. PYTHON=… chooses the interpreter, FLOOR_PYTHON=… that of test-floor, NEWEST_PYTHON=… that of test-newest.
# BENCH="--sizes 1 10 --out FOLDER" makes the benchmark shorter. BENCH=--help and MUTATION=--help list the options.

# The newest first
PYTHONS := 3.14 3.13 3.12 3.11
CHECK := .venv/bin/python tools/check.py
RESOLVE := .venv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --system-certs --custom-compile-command "make constraints"

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: setup ## Show the main job from start to finish, on an emulator
	@.venv/bin/python tools/demo.py

.PHONY: check
check: setup ## Run the fast checks: unit tests, linters, types, documentation and changelog
	@$(CHECK) unit ansible-lint mypy docs changelog yamllint workflows ruff

.PHONY: test
test: setup ## Run what every change must pass: all steps but those that only test-all runs
	@$(CHECK)

.PHONY: test-all
test-all: setup ## Run everything
	-@$(MAKE) --no-print-directory setup-floor # If it fails, the step that needs it fails too, and the others still run.
	-@$(MAKE) --no-print-directory setup-newest
	-@$(MAKE) --no-print-directory setup-elsewhere
	-@$(MAKE) --no-print-directory setup-release
	@$(CHECK) --all

.PHONY: unit
unit: setup ## Run the unit tests
	@$(CHECK) unit

.PHONY: integration
integration: setup ## Run the integration tests on the emulator
	@$(CHECK) integration

.PHONY: browser
browser: setup ## Test the report's page in Chromium
	@$(CHECK) browser

.PHONY: picture
picture: demo ## Take a new screenshot of the demo's report for the README
	@.venv/bin/python tools/picture.py

.PHONY: page-speed
page-speed: setup ## Measure how fast Chromium opens a large report
	@.venv/bin/python tools/page_speed.py

.PHONY: test-floor
test-floor: setup setup-floor ## Run the unit and integration tests with the oldest supported versions
	@$(CHECK) floor

.PHONY: slowest
slowest: setup ## Run TESTS one after the other, and print where their time goes
	@HOME="$(CURDIR)/.venv/home" LC_ALL=C.UTF-8 .venv/bin/python -m pytest -q -n 0 -p ansible_collections.keyless.ec2.tests.slowest -m "not exhaustive" $(or $(TESTS),tests/integration)

.PHONY: coverage
coverage: setup ## Measure which lines of plugins/ the tests run, with a report in dist/coverage
	@$(CHECK) coverage

.PHONY: mutation
mutation: setup setup-mutation ## Make small changes to the code, and list those that no unit test notices
	@.venv/bin/python tools/mutation.py $(MUTATION)

.PHONY: test-newest
test-newest: setup setup-newest ## Run the unit and integration tests with the newest versions, including pre-releases
	@$(CHECK) newest

.PHONY: test-elsewhere
test-elsewhere: setup setup-elsewhere ## Run the main job on other AWS emulators
	@$(CHECK) elsewhere

.PHONY: conformance
conformance: setup ## Compare the emulator, or ENDPOINT, with what is claimed of AWS
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.conformance $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") $(CONFORMANCE)

.PHONY: conformance-aws
conformance-aws: setup ## The same on AWS, with your credentials, ACCOUNT and REGION; CONFORMANCE=--help says more
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.conformance.on_aws --account "$(ACCOUNT)" --region "$(REGION)" $(CONFORMANCE)

.PHONY: molecule
molecule: setup ## Run the Molecule scenarios
	@$(CHECK) molecule

.PHONY: lint
lint: setup ## Run ruff, ansible-lint, yamllint, and the linters of the GitHub workflows
	@$(CHECK) ruff ansible-lint yamllint workflows

.PHONY: types
types: setup ## Check the types of plugins and tools with mypy, strictly for module_utils
	@$(CHECK) mypy

.PHONY: docs
docs: setup ## Build the documentation site in dist/docs, and check its links
	@.venv/bin/python tools/docs.py

.PHONY: links
links: setup ## Check the documentation's links to other sites, which needs a network
	@.venv/bin/python tools/docs.py --links

.PHONY: recording
recording: setup ## Record the demo again for the README
	@.venv/bin/python tools/recording.py

.PHONY: importer
importer: setup setup-release ## Build an artifact, and check it with galaxy-importer
	@$(CHECK) importer

.PHONY: release
release: setup setup-release ## Make the release VERSION, check it, install it, and run the demo from the installation
	@.venv/bin/python tools/release.py $(VERSION)

.PHONY: sanity
sanity: setup ## Run ansible-test sanity
	@$(CHECK) sanity

.PHONY: docs-lint
docs-lint: setup ## Run the linters of the documentation and the changelog
	@$(CHECK) docs changelog

.PHONY: build
build: setup ## Build the artifact in dist/
	@HOME="$(CURDIR)/.venv/home" .venv/bin/ansible-galaxy collection build --force --output-path dist

.PHONY: bench
bench: setup setup-bench ## Compare with other tools, and write the benchmark's page; takes about an hour
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.benchmark $(BENCH)

.PHONY: bench-parsing
bench-parsing: setup ## Measure how fast descriptions of instances are parsed, and write the result into the benchmark's page
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.benchmark.parsing

.PHONY: bench-scan
bench-scan: setup setup-bench ## Compare the search for keys with other tools, and write the figures of the page
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.benchmark.scan $(BENCH)

.PHONY: setup
setup: ## Create or update .venv; the other targets do it when needed
	@python=$$(PYTHON="$(PYTHON)" tools/find-python $(PYTHONS)) && "$$python" tools/setup.py dev

.PHONY: setup-floor
setup-floor:
	@python=$$(PYTHON="$(FLOOR_PYTHON)" tools/find-python 3.11 3.12) && "$$python" tools/setup.py floor

.PHONY: setup-newest
setup-newest:
	@python=$$(PYTHON="$(NEWEST_PYTHON)" tools/find-python 3.14 3.13) && "$$python" tools/setup.py newest

.PHONY: setup-mutation
setup-mutation:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python $(PYTHONS)) && "$$python" tools/setup.py mutation

.PHONY: setup-release
setup-release:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python $(PYTHONS)) && "$$python" tools/setup.py release

.PHONY: bench-policies
bench-policies: setup setup-bench ## Compare the findings in policies with those of parliament, and write the figures of the page
	@.venv/bin/python -m ansible_collections.keyless.ec2.tests.benchmark.policies $(BENCH)

.PHONY: setup-elsewhere
setup-elsewhere:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python $(PYTHONS)) && "$$python" tools/setup.py elsewhere

.PHONY: setup-bench
setup-bench:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python $(PYTHONS)) && "$$python" tools/setup.py bench

.PHONY: constraints
constraints: setup ## Update the resolved requirements in tools/requirements to the newest versions
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/uv.txt tools/requirements/uv.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/dev.txt tools/requirements/dev.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/floor.txt tools/requirements/floor.in
	@$(RESOLVE) --python-version 3.13 --output-file tools/requirements/newest.txt tools/requirements/newest.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/mutation.txt tools/requirements/mutation.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/release.txt tools/requirements/release.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/bench.txt tools/requirements/bench.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/elsewhere.txt tools/requirements/elsewhere.in
	@$(RESOLVE) --python-version 3.11 --output-file tools/requirements/sanity.txt tools/requirements/sanity.in

.PHONY: clean
clean: ## Remove all environments, caches and build output
	rm -rf .venv .venv-* .ansible .hypothesis .*_cache dist tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
