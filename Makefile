# Two commands matter: `make localnet` and `make test`. Both install what is missing first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
ENV := source deploy/setup/env.sh;
NEXUSD = "$${CARGO_TARGET_DIR:-target}/debug/nexusd"
LOCALNET := .localnet

.PHONY: help setup build localnet localnet-stop localnet-clean test lint sim model month perturb fuzz mutants bench bench-10m bench-net clean

help: ## List these targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

setup: ## Install or build what the project needs: libclang, RocksDB, CometBFT (once; cached per user)
	@deploy/setup/deps.sh
	@deploy/setup/rocksdb.sh
	@deploy/setup/cometbft.sh

build: setup ## Build nexusd (the validator) and nexus (the command line)
	@$(ENV) cargo build -p nexusd -p nexus-cli

localnet: build ## Start four validators on this machine, and print what to type next
	@$(ENV) $(NEXUSD) localnet start --dir $(LOCALNET)

localnet-stop: ## Stop the local network; its state stays in .localnet
	@$(ENV) $(NEXUSD) localnet stop --dir $(LOCALNET)

localnet-clean: ## Stop the local network and delete its state
	@$(ENV) $(NEXUSD) localnet clean --dir $(LOCALNET)

test: setup ## Run every check, cheapest first
	@deploy/setup/deps.sh --checks
	@$(ENV) deploy/test.sh

lint: setup ## Run only the checks that execute no code of ours
	@deploy/setup/deps.sh --checks
	@$(ENV) deploy/test.sh --lint

sim: setup ## Run the simulation: SEEDS=20000 FROM=0, or one seed with SEED=7 (docs/testing.md)
	@$(ENV) SIM_SEEDS=$(or $(SEEDS),20000) SIM_FROM=$(or $(FROM),0) SIM_SEED=$(SEED) \
		cargo test --release -p nexus-tests --test sim -- all_instances_of_every_seed_agree --nocapture

model: setup ## Run the law of money, identities, governance, exits, names and approvals against small references: N=1000000 transactions, SEED=7 (docs/testing.md)
	@$(ENV) NEXUS_MODEL_TX=$(or $(N),1000000) NEXUS_MODEL_SEED=$(or $(SEED),7) \
		cargo test --release -p nexus-machine -- model --nocapture

month: setup ## Play a month of 1,000 IMVUs twice and make every statement again: N=1000 (an hour or more; several GB of disk)
	@$(ENV) NEXUS_MONTH_IMVUS=$(or $(N),1000) \
		cargo test --release -p nexus-tests --test month -- --nocapture

bench: setup ## Run the benchmarks (optimised build; figures depend on the machine); ends with the table of ratios
	@$(ENV) log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
		cargo bench --workspace --benches | tee "$$log"; \
		echo; awk '/^RATIO/ && !seen[$$0]++' "$$log"

bench-10m: setup ## The state's benchmark at ten million keys: about 10 GB of disk, 6 GB of memory, half an hour
	@$(ENV) NEXUS_BENCH_KEYS=10000000 cargo bench -p nexus-tests --bench state

bench-net: setup ## Measure whole networks: against CometBFT with a no-op application, four validators, idle (20 minutes)
	@$(ENV) cargo build --release -p nexusd -p nexus-cli -p nexus-tests -p nexus-abci --bins --example noop
	@$(ENV) "$${CARGO_TARGET_DIR:-target}/release/bench_net" $(ARGS)

perturb: build ## Disturb four validators for long: N=200 perturbations, SEED=7, or MANIFEST=file.toml
	@$(ENV) NEXUS_PERTURB_N=$(or $(N),200) NEXUS_PERTURB_SEED=$(or $(SEED),7) \
		$(if $(MANIFEST),NEXUS_PERTURB_MANIFEST=$(abspath $(MANIFEST))) \
		cargo test -p nexus-tests --test perturbed -- --nocapture

fuzz: setup ## Look for inputs that break a promise: TARGET=name (all), SECONDS=how long each (60)
	@deploy/setup/deps.sh --checks
	@$(ENV) deploy/fuzz.sh --target $(or $(TARGET),all) --seconds $(or $(SECONDS),60)

mutants: setup ## Alter gates, money, meters and more of the law in small ways, and see each noticed: FILE=one file (all: hours)
	@deploy/setup/deps.sh --mutants
	@$(ENV) deploy/mutants.sh $(FILE)

clean: ## Delete this checkout's build output and tools; the per-user cache stays
	@$(ENV) cargo clean
	@rm -rf .tools
