# One line per target; anything longer lives in scripts/ or in a package.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

RUN := uv run --no-sync
LANES := python3 scripts/test_lanes.py

.PHONY: help
help: ## Say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z0-9-]*:.*## / {printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install everything Gridata needs (uv and Java 17 must be there)
	@scripts/setup.sh

.PHONY: demo
demo: setup ## See it all work: generate a sample, land it, run the real DAGs, read the summary
	@$(RUN) gridata demo $(ARGS)

.PHONY: hooks
hooks: ## Run the fast checks before every commit from now on
	@uvx pre-commit install

.PHONY: test
test: ## Every test that needs no server: unit, spark, dags, embedded end to end
	@$(LANES) unit spark dags e2e

.PHONY: test-unit
test-unit: ## Tests without a JVM, the fastest answer
	@$(LANES) unit

.PHONY: servers
servers: stores ## Fetch the servers of the tests: Debian's Postgres; MinIO, Vault, etcd and Kubernetes' API server from source
	@scripts/build_tool.sh etcd
	@scripts/build_tool.sh kube-apiserver

.PHONY: stores
stores: ## Only those of the integration tests: the API server's build takes long
	@scripts/install_packages.sh
	@scripts/build_tool.sh minio
	@scripts/build_tool.sh vault

.PHONY: test-integration
test-integration: stores ## Tests against real servers, each started for the run: MinIO, Postgres, Vault
	@$(LANES) integration

.PHONY: test-logins
test-logins: servers ## Vault's logins and Secrets against Kubernetes' API server
	@$(LANES) logins

.PHONY: test-charts
test-charts: ## Our charts as Helm renders them (Helm is built from its source where it is missing)
	@$(LANES) charts

.PHONY: test-airflow
test-airflow: servers ## Tests against a running Airflow, and of its jobs against Kubernetes' API server
	@scripts/build_tool.sh helm
	@$(LANES) apiserver airflow

.PHONY: e2e-k8s
e2e-k8s: ## The whole path in the cluster that KUBECONFIG names: install, break, upgrade, remove (images must be there)
	@$(LANES) k8s $(ARGS)

.PHONY: drill
drill: ## Lose everything in that cluster and bring it back from a backup: RPO, RTO, cold starts, an old catalog
	@$(LANES) drill

.PHONY: e2e-alerts
e2e-alerts: ## Every alert in that cluster: fired by its real fault, heard by a receiver, and its end
	@$(LANES) alerts

.PHONY: e2e-laptop
e2e-laptop: ## The whole platform by Docker Compose: start, drop a file, stop, start again, remove (skips without an engine)
	@$(LANES) laptop

.PHONY: chaos
chaos: ## Kill jobs at the worst moments and count what was published (ARGS=--quick: once per kind of moment)
	@$(LANES) chaos $(ARGS)

.PHONY: lint
lint: lint-imports ## Style of Python, YAML, shell; import walls
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) yamllint --strict .
	@scripts/lint_shell.sh

.PHONY: lint-imports
lint-imports: ## Which part may import which
	@$(RUN) lint-imports --no-cache | tail -n 8

.PHONY: fmt
fmt: ## Format Python
	@$(RUN) ruff check --fix --exit-zero --quiet .
	@$(RUN) ruff format .

.PHONY: types
types: ## Type-check every part
	@scripts/types.sh

.PHONY: contracts
contracts: ## Lint contracts and pipelines, and see that data/schemas says what they say
	@$(RUN) gridata contract lint

.PHONY: policies
policies: contracts ## Contract policies, and Checkov over workflows, Dockerfiles, Helm and Terraform
	@scripts/policies.sh

.PHONY: render
render: ## Write data/schemas anew from the contracts, and the reference of rules
	@$(RUN) gridata contract render data/contracts --target json-schema --output data/schemas
	@$(RUN) gridata rules --page docs/reference/rules.md

.PHONY: images
images: ## Build Gridata's images with docker, podman or buildah (NAMES="control spark-jobs airflow worker minio")
	@scripts/build_images.sh $(NAMES)

.PHONY: bench
bench: ## Throughput and memory of both lanes, as a table
	@cd spark-jobs && $(RUN) python -m bench.run $(ARGS)

.PHONY: bench-checks
bench-checks: ## Our checks beside every peer's on TPC-H's lineitem, verdicts compared first (ARGS=--quick)
	@cd spark-jobs && $(RUN) python -m bench.checks.run $(ARGS)

.PHONY: clean
clean: ## Remove what builds, tests and the demo left behind
	@rm -rf build .gridata .hypothesis spark-warehouse metastore_db derby.log
