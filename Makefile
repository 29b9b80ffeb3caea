# Developer commands; `make` alone lists them. Each target brings its environments up to date first,
# which costs nothing when no lock file has changed.

PYTHON ?= python3
STAGE  ?= dev
SUB    ?= alice
SCOPE  ?= orders:read orders:write

PORT_OPTIONS  = $(if $(PORT),--port $(PORT)) $(if $(ISSUER_PORT),--issuer-port $(ISSUER_PORT)) $(if $(WEB_PORT),--web-port $(WEB_PORT))
RUN          := sh local/run.sh
LOCAL        := $(RUN) .venv/bin/python -m local
CDK          := node_modules/.bin/cdk
# The app runs on this environment's Python, whichever comes first on the path.
CDK_PATH      = PATH="$(CURDIR)/.venv/bin:$$PATH"
# At most four, because each has an engine of its own for the end-to-end tests: docs/testing.md, "Workers".
PARALLEL      = -n auto --maxprocesses 4 --dist load
# For what says by itself that packages are missing: the project's Python, or before there is one, the newcomer's.
ANY_PYTHON    = $(if $(wildcard .venv/bin/python),.venv/bin/python,$(PYTHON))

# What a shell has set for other programs would change ours: where Python looks for modules, whether it asserts,
# what Node loads first, what npm leaves out. Only where certificates come from is kept. Byte code is written even
# if the shell forbids it: without it, each process that the tests start compiles its libraries again.
unexport $(filter-out PYTHONIOENCODING PYTHONUNBUFFERED PYTHONPYCACHEPREFIX,\
    $(filter PYTHON%,$(.VARIABLES))) NODE_ENV NODE_PATH
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_CONSTRAINT
NODE_OPTIONS := $(filter --use-system-ca --use-openssl-ca --use-bundled-ca,$(NODE_OPTIONS))
# Our files are UTF-8, whatever the terminal speaks.
export PYTHONUTF8 := 1
# Where CDK unpacks its libraries, if the home cannot be written to.
ifneq ($(shell test -d "$$HOME" && test -w "$$HOME" || echo no),)
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(CURDIR)/.local/cache/jsii
endif

# CDK says nothing to anybody, and does not tell in every run that Node 20 has grown old: it runs all of this.
export CDK_DISABLE_CLI_TELEMETRY := true
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export NODE_NO_WARNINGS := 1

.DEFAULT_GOAL := help
.PHONY: help bench setup up down status logs watch token order mail report mail-preview ops check format synth test test-fast coverage faults mixed mutations model \
        outages fuzz lock clean openapi asyncapi costs costs-difference picture audit sbom privileges \
        release-notes preflight bootstrap-delivery diff deploy smoke destroy

help: ## list the targets
	@echo "usage: make <target> [NAME=value]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install the environments (.venv, node_modules, the engine's), if a lock file changed
	@$(RUN) $(PYTHON) -m local setup

up: setup ## start the engine, deploy the app, place one order [PORT=4566 ISSUER_PORT=4567 WEB_PORT=5173 LAMBDA_AUTHORISER=1]
	@$(LOCAL) up $(PORT_OPTIONS) $(if $(LAMBDA_AUTHORISER),--lambda-authoriser)

down: ## end the local run and forget its state
	@$(RUN) $(PYTHON) -m local down

status: ## show what runs, where, and what is deployed
	@$(RUN) $(PYTHON) -m local status

logs: setup ## follow the log of the engine and of every function
	@$(LOCAL) logs

watch: setup ## bring each saved handler, the shared layer and the web application to the local run; follow the logs
	@$(LOCAL) watch

token: ## print a signed token, alone on one line [SUB=alice SCOPE="orders:read orders:write"]
	@$(RUN) $(ANY_PYTHON) -m local token --sub "$(SUB)" --scope "$(SCOPE)"

order: setup ## place a sample order, follow it to its end, and show its mail
	@$(LOCAL) order

mail: setup ## print the mail that customers were sent, the newest last
	@$(LOCAL) mail

report: setup ## make the daily report of a day of the local run: make report DAY=2026-11-27
	@.venv/bin/orders-ops report --local --yes $(DAY)

mail-preview: setup ## write every mail to customers, in every language, to .local/mail-preview, for a browser
	@.venv/bin/python -m tools.mail_preview

ops: setup ## run the operator's command line [ARGS="show --stage prod ORDER_ID"]
	@.venv/bin/orders-ops $(if $(ARGS),$(ARGS),--help)

check: setup ## lint, format, spelling, imports, types (also of the web application), the API's description, GitHub's workflows
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/codespell
	.venv/bin/lint-imports
	.venv/bin/python -m mypy
	.venv/bin/python -m stacks.web_build prepare
	node node_modules/typescript/bin/tsc --project web
	.venv/bin/python -m tools.openapi.changes check
	.venv/bin/python -m tools.asyncapi.changes check
	.venv/bin/zizmor --quiet --offline --strict-collection .github

format: setup ## put the code into the agreed format
	.venv/bin/python -m ruff check --fix .
	.venv/bin/python -m ruff format .

openapi: setup ## bring the API's description up to date [ACKNOWLEDGE="why a breaking change is right"]
	.venv/bin/python -m tools.openapi.changes accept $(if $(ACKNOWLEDGE),--acknowledge "$(ACKNOWLEDGE)")

asyncapi: setup ## bring the events' description up to date [ACKNOWLEDGE="why a breaking change is right"]
	.venv/bin/python -m tools.asyncapi.changes accept $(if $(ACKNOWLEDGE),--acknowledge "$(ACKNOWLEDGE)")

costs: synth ## show what an idle stage costs, or what orders cost [STAGE=dev|staging|prod ORDERS=1000000 LINES=1 MAIL=1 READS=9000000]
	@.venv/bin/python -m $(if $(ORDERS),tools.costs $(STAGE) --orders $(ORDERS) $(if $(LINES),--lines $(LINES)) \
	    $(if $(MAIL),--mail) $(if $(READS),--reads $(READS)),tools.costs.idle_costs $(STAGE))

costs-difference: synth ## show how much more an idle stage costs than in another checkout [STAGE=dev BASE=../main/cdk.out/dev]
	@.venv/bin/python -m tools.costs.cost_difference $(STAGE) "$(BASE)"

picture: setup ## draw docs/images/architecture.svg from the templates
	@.venv/bin/python -m tools.pictures.architecture_picture

# With examples, so that a protected stage can be synthesised before its owner has named its account.
synth: setup ## synthesise the templates into cdk.out/<stage> [STAGE=dev|staging|prod]
	@$(CDK_PATH) $(CDK) synth --quiet --strict -c stage=$(STAGE) -c example=true --output cdk.out/$(STAGE) "**"
	@echo "cdk.out/$(STAGE)"

audit: setup ## check the templates of dev, staging and prod with cfn-lint, checkov and others; half a minute
	@.venv/bin/python -m tools.audit

sbom: synth ## list the packages that a stage deploys in cdk.out/sbom.json (CycloneDX) [STAGE=dev|staging|prod]
	@.venv/bin/python -m tools.sbom $(STAGE)

release-notes: setup ## write the notes of a release to cdk.out/release-notes.md [TAG=v1.0.0]
	@.venv/bin/python -m tools.release_notes "$(TAG)"

preflight: setup ## check what the account must have before a stage is deployed to it [STAGE=dev|staging|prod]
	@.venv/bin/python -m tools.preflight $(STAGE)

bootstrap-delivery: setup ## deploy the roles by which GitHub deploys a stage; for an administrator [STAGE=dev]
	@$(CDK_PATH) $(CDK) deploy --app ".venv/bin/python3 -m stacks.delivery" -c stage=$(STAGE)

# app.py refuses the credentials of another account than the stage's, as for deploy and destroy. A change set
# would need permission to make one.
diff: setup ## show what a deployment would change in a stage [STAGE=dev|staging|prod]
	@$(CDK_PATH) $(CDK) diff --method=template -c stage=$(STAGE) "orders-$(STAGE)/*"

deploy: preflight ## deploy a stage to AWS, with the credentials at hand; in CI, it asks no question [STAGE=dev|staging|prod]
	@$(CDK_PATH) $(CDK) deploy $(if $(CI),--require-approval never) -c stage=$(STAGE) "orders-$(STAGE)/*"

smoke: setup ## place canary orders in a deployed stage, cancel one, and wait until they have ended [STAGE=dev|staging|prod]
	@.venv/bin/python -m tools.smoke $(STAGE)

destroy: setup ## remove a stage from AWS; a protected one refuses [STAGE=dev|staging|prod]
	@$(CDK_PATH) $(CDK) destroy -c stage=$(STAGE) "orders-$(STAGE)/*"

test: setup ## run every test; the end-to-end tests start a local engine of their own
	.venv/bin/python -m pytest $(PARALLEL) --privileges

privileges: setup ## compare what each role allows with what the tests of handlers and of the saga use, by service
	.venv/bin/python -m pytest $(PARALLEL) --privileges -q tests/handlers tests/simulation/harness

test-fast: setup ## run some cases of each quick test, without the engine and the simulation; a minute
	.venv/bin/python -m pytest $(PARALLEL) --quick $(filter-out tests/e2e/ tests/simulation/,$(sort $(dir $(wildcard tests/*/__init__.py))))

coverage: setup ## measure which lines and branches of layers/ and lambdas/ run in the tests that need no engine
	.venv/bin/python -m pytest $(PARALLEL) --cov --cov-report= --cov-fail-under=0 tests/unit tests/handlers tests/contracts tests/client \
	    tests/tools/ops tests/simulation/path
	.venv/bin/python -m coverage report

faults: setup ## make every call fail in every way, then in pairs; half an hour [SEED= PAIRS= MINUTES= | CASE=]
	@.venv/bin/python -m tests.simulation.faults $(if $(CASE),--case "$(CASE)") \
		$(if $(SEED),--seed $(SEED)) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(MINUTES),--minutes $(MINUTES))

mixed: setup ## let the previous release and this one serve the same orders; minutes [SEED= ORDERS=1000 | CASE=]
	@.venv/bin/python -m tests.simulation.releases $(if $(CASE),--case "$(CASE)") \
		$(if $(SEED),--seed $(SEED)) $(if $(ORDERS),--orders $(ORDERS))

bench: setup ## count the instructions of cold starts and requests, and compare them with the committed figures; needs valgrind
	@.venv/bin/python -m tools.bench

mutations: setup ## switch each guard off in turn, and say which guarantee breaks without it
	.venv/bin/python -m pytest -q tests/simulation/guards

model: setup ## search the model of the saga, or show what breaks without a guard [WITHOUT=INTEND_ORDER | GUARDS=1]
	@.venv/bin/python -m tests.simulation.model $(if $(WITHOUT),--without $(WITHOUT)) $(if $(GUARDS),--guards)

outages: setup ## simulate outages of up to two days, and overload; a minute [ORDERS=10000 SEED=1]
	@.venv/bin/python -m tests.simulation.outages $(if $(ORDERS),--orders $(ORDERS)) $(if $(SEED),--seed $(SEED))

fuzz: setup ## run Schemathesis against an engine of its own [SEED=1 EXAMPLES=10]
	$(if $(SEED),FUZZING_SEED=$(SEED)) $(if $(EXAMPLES),FUZZING_EXAMPLES=$(EXAMPLES)) \
	    .venv/bin/python -m pytest tests/e2e/test_fuzzing.py

lock: setup ## compile every requirements.in and package.json into its lock file [UPGRADE="package ..." | all]
	@$(RUN) $(PYTHON) -m local lock $(foreach package,$(UPGRADE),--upgrade $(package))

clean: down ## remove everything that was built or installed
	rm -rf .venv node_modules .local .build cdk.out clients/typescript/dist clients/typescript/src/schema.ts web/src/generated .mypy_cache .ruff_cache .pytest_cache .hypothesis
