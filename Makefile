# Bookpath. `make run` starts the whole system; `make test` runs every check. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Compiled dependencies stay outside the clone, so that a second clone starts warm.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/bookpath/target
# Random tests see the same cases in every run; another number shows others.
export PROPTEST_RNG_SEED ?= 1
VENVS ?= $(HOME)/.cache/bookpath/venv
DATA ?= data
LISTEN ?= 127.0.0.1:8080

BOOKPATH := $(CARGO_TARGET_DIR)/debug/bookpath
BOOKPATH_RELEASE := $(CARGO_TARGET_DIR)/release/bookpath

TOOLS ?= $(HOME)/.cache/bookpath/tools

.PHONY: help run install test check fmt clippy unit tidiness doc deny machete acceptance acceptance-aws bench clean-data

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: web ## build and start everything on http://127.0.0.1:8080 with a demo business
	cargo build --bin bookpath
	exec $(BOOKPATH) --data $(DATA) serve --demo --listen $(LISTEN)

# `make install PROFILE=dev` is quick after `make run`, and its program slow on large lakes.
PREFIX ?= $(or $(CARGO_HOME),$(HOME)/.cargo)
PROFILE ?= release
install: web ## put `bookpath` into PREFIX/bin, by default ~/.cargo/bin
	cargo install --path crates/bookpath --locked --force --no-track --profile $(PROFILE) --root $(PREFIX)
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "add it to your PATH: export PATH=\"$(PREFIX)/bin:\$$PATH\"" ;; esac

# The program holds the build of the web app, so the web app comes first.
.PHONY: web check-web browser screens
WEB_MODULES := web/node_modules/.package-lock.json
web: $(WEB_MODULES) ## build the web app into web/dist/site
	npm run --silent build --prefix web -- --logLevel warn

$(WEB_MODULES): web/package-lock.json
	npm ci --prefix web --no-audit --no-fund --loglevel=error
	touch $@

check-web: web ## the web app alone: client, types, lints, unit tests, sizes
	npm run --silent check --prefix web

browser: web ## the web app in Chromium against `bookpath serve --demo`
	$(PROGRAMS)
	BOOKPATH_BIN=$(BOOKPATH) web/browser/run.sh

screens: web ## the browser's pictures, into docs/screens
	$(PROGRAMS)
	SCREENS=$(CURDIR)/docs/screens BOOKPATH_BIN=$(BOOKPATH) web/browser/run.sh screens

check: fmt clippy unit ## format, lints and unit tests: the quick round while working

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings

unit:
	cargo test --workspace --exclude bookpath-tests

tidiness: ## tests of the repository itself: files, links, rules, error pages; seconds
	cargo test --quiet -p bookpath-tidiness

doc: ## the crates' own documentation; a link in a comment that leads nowhere is an error
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Two tools that take minutes to compile, once: they are a job of their own in CI and no part of `make test`.
DENY := $(TOOLS)/deny-0.20.2/bin/cargo-deny
MACHETE := $(TOOLS)/machete-0.9.2/bin/cargo-machete

deny: $(DENY) ## licences, advisories, bans and sources of all dependencies
	$(DENY) check

machete: $(MACHETE) ## dependencies that no crate uses
	$(MACHETE)

$(DENY):
	CARGO_TARGET_DIR=$(TOOLS)/target cargo install --locked --root $(TOOLS)/deny-0.20.2 cargo-deny@0.20.2

$(MACHETE):
	CARGO_TARGET_DIR=$(TOOLS)/target cargo install --locked --root $(TOOLS)/machete-0.9.2 cargo-machete@0.9.2

# A deploy builds each function alone, with the parts of the shared crates that it names; here the workspace builds all parts.
.PHONY: check-functions
check-functions: ## lint each function by itself
	for function in crates/lambdas/*/; do cargo clippy --package "$$(basename $$function)" -- -D warnings; done

# Programs and unit tests in one build: alone the programs would get other features of their dependencies than beside
# the tests, and the large ones would compile twice.
PROGRAMS := cargo build --workspace --exclude bookpath-tests --bins --tests

acceptance: reader-venv ## the acceptance suite against `bookpath serve`
	$(PROGRAMS)
	BOOKPATH_BIN=$(BOOKPATH) BOOKPATH_READER_PYTHON=$(VENVS)/reader/bin/python cargo test -p bookpath-tests -- --skip aws_stack::

acceptance-aws: ## the acceptance suite against the real template and functions on an emulated AWS
	$(PROGRAMS)
	VENVS=$(VENVS) tests/acceptance-aws.sh

# Once per release. cargo-lambda compiles for a named target, so nothing of the other builds is used: half an hour more.
.PHONY: acceptance-sam
acceptance-sam: ## the same, on functions that `sam build` and cargo-lambda made, without optimization
	$(PROGRAMS)
	VENVS=$(VENVS) FUNCTIONS=sam SAM_BUILD_MODE=debug tests/acceptance-aws.sh

# Bounded in time: every route is asked for a few seconds.
.PHONY: check-api
check-api: ## compare what the routes answer with the OpenAPI document
	$(PROGRAMS)
	VENVS=$(VENVS) BOOKPATH_BIN=$(BOOKPATH) tests/openapi/run.sh

.PHONY: check-spark check-pyspark
check-spark: spark-venv ## the models' SQL on Spark's protocol: the rows of DataFusion, in tables that the application goes on with
	$(PROGRAMS)
	cd tests/spark && BOOKPATH_BIN=$(BOOKPATH) $(VENVS)/spark/bin/python -m unittest -v check

# Spark itself, which needs Java 17 (Debian's openjdk-17-jre-headless) and half a minute to start.
check-pyspark: pyspark-venv ## the models' SQL on PySpark: the rows of DataFusion
	$(PROGRAMS)
	cd tests/spark && BOOKPATH_BIN=$(BOOKPATH) $(VENVS)/pyspark/bin/python check_pyspark.py

test: fmt clippy check-web unit acceptance browser check-api check-infra check-spark acceptance-aws ## every check

# Readers that share no code with ours open the tables that we write.
.PHONY: reader-venv spark-venv bench-venv
reader-venv: $(VENVS)/reader/.done-$(shell sha256sum tests/python/requirements.txt 2>/dev/null | cut -c1-12)
$(VENVS)/reader/.done-%: tests/python/requirements.txt
	python3 -m venv --clear $(VENVS)/reader
	$(VENVS)/reader/bin/pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt
	touch $@

spark-venv: $(VENVS)/spark/.done-$(shell sha256sum tests/spark/requirements.txt 2>/dev/null | cut -c1-12)
$(VENVS)/spark/.done-%: tests/spark/requirements.txt
	python3 -m venv --clear $(VENVS)/spark
	$(VENVS)/spark/bin/pip install --quiet --disable-pip-version-check -r tests/spark/requirements.txt
	touch $@

bench-venv: $(VENVS)/bench/.done-$(shell sha256sum bench/requirements.txt 2>/dev/null | cut -c1-12)
$(VENVS)/bench/.done-%: bench/requirements.txt
	python3 -m venv --clear $(VENVS)/bench
	$(VENVS)/bench/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	touch $@

.PHONY: pyspark-venv
pyspark-venv: $(VENVS)/pyspark/.done-$(shell sha256sum tests/spark/requirements-pyspark.txt 2>/dev/null | cut -c1-12)
$(VENVS)/pyspark/.done-%: tests/spark/requirements-pyspark.txt
	python3 -m venv --clear $(VENVS)/pyspark
	$(VENVS)/pyspark/bin/pip install --quiet --disable-pip-version-check -r tests/spark/requirements-pyspark.txt
	touch $@

BENCH_WORK ?= $(HOME)/.cache/bookpath/bench
BENCH_ARGS ?=
bench: bench-venv ## measure against peers, interleaved, on this machine
	cargo build --release --bin bookpath
	$(VENVS)/bench/bin/python bench/etl.py --bookpath $(BOOKPATH_RELEASE) --work $(BENCH_WORK) $(BENCH_ARGS)
	$(VENVS)/bench/bin/python bench/answers.py --bookpath $(BOOKPATH_RELEASE) --work $(BENCH_WORK)
	$(BOOKPATH_RELEASE) bench webhooks
	$(MAKE) bench-sync
	$(MAKE) bench-people
	$(MAKE) bench-receiver
	$(MAKE) check-pyspark

.PHONY: bench-sync
bench-sync: bench-venv ## memory of a sync of 100,000 events at a rate limit's pace, with a crash in the middle
	cargo build --release --bin bookpath
	$(VENVS)/bench/bin/python bench/sync.py --bookpath $(BOOKPATH_RELEASE) --work $(BENCH_WORK)/sync

.PHONY: bench-people
bench-people: bench-venv ## precision and recall of who is who, and a million records against Splink
	cargo build --release -p bookpath-bench-people
	$(CARGO_TARGET_DIR)/release/bench-people report
	$(VENVS)/bench/bin/python bench/people.py --binary $(CARGO_TARGET_DIR)/release/bench-people --work $(BENCH_WORK)/people

.PHONY: bench-receiver peer-venv
bench-receiver: peer-venv ## receive-webhook and write-bronze against Python functions that do the same
	cargo build --profile lambda -p receive-webhook -p write-bronze -p bookpath-bench-receiver
	$(CARGO_TARGET_DIR)/lambda/bench-receiver --binaries $(CARGO_TARGET_DIR)/lambda --python $(VENVS)/peer/bin/python

peer-venv: $(VENVS)/peer/.done-$(shell sha256sum bench/receiver/peer/requirements.txt 2>/dev/null | cut -c1-12)
$(VENVS)/peer/.done-%: bench/receiver/peer/requirements.txt
	python3 -m venv --clear $(VENVS)/peer
	$(VENVS)/peer/bin/pip install --quiet --disable-pip-version-check -r bench/receiver/peer/requirements.txt
	touch $@

clean-data: ## forget the demo's data
	rm -rf $(DATA)

# The deployment: its static checks, and the real template on an emulated AWS on this machine.
.PHONY: check-infra deploy-local stop-local
STACK := python3 infra/emulator/stack.py

check-infra: ## lint the template, the policies and the state machines; compare the names that must agree
	VENVS=$(VENVS) infra/checks/run.sh

deploy-local: ## build the functions and deploy them to an emulated AWS, with IAM enforced
	$(PROGRAMS)
	VENVS=$(VENVS) $(STACK) start
	VENVS=$(VENVS) $(STACK) deploy --binaries $(CARGO_TARGET_DIR)/debug
	VENVS=$(VENVS) $(STACK) outputs

stop-local: ## end the emulated AWS
	$(STACK) stop
