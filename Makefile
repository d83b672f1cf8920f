# Everything that a contributor runs. The tools are pinned here, by version, and
# built by the Go toolchain; none has to be installed.

GO            ?= go
GOLANGCI_LINT := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
WORKFLOWCHECK := $(GO) run go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
TESTPG        := $(GO) run ./internal/testpg

.DEFAULT_GOAL := help
.PHONY: help run test check fmt vet lint workflowcheck imports bench bench-pages bench-compare build clients screenshots release vulncheck

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve on http://127.0.0.1:8080 and play the example cases
	@echo "Building; the first build compiles the embedded workflow engine and takes one to six minutes."
	$(GO) run ./cmd/chengxu demo

test: ## install what the tests need (Debian), then run all of them, with PostgreSQL
	@sh scripts/setup-test.sh
	@echo "Building; the first build compiles the embedded workflow engine and takes one to six minutes."
	$(TESTPG) -- $(GO) test -timeout 60m ./...

check: fmt vet lint workflowcheck imports ## everything that is checked without running the program
	@echo "check: all in order"

fmt: ## gofmt: fails when a file is not formatted
	@files="$$("$$($(GO) env GOROOT)/bin/gofmt" -l $$(git ls-files --cached --others --exclude-standard '*.go'))" || exit 1; \
	if [ -n "$$files" ]; then echo "not formatted (run gofmt -w):"; echo "$$files"; exit 1; fi

vet: ## go vet, with and without the embedded engine
	$(GO) vet ./...
	$(GO) vet -tags noembed ./cmd/chengxu

lint: ## golangci-lint, configured in .golangci.yml
	$(GOLANGCI_LINT) run ./...

workflowcheck: ## nothing in workflow code may differ between a run and its replay
	$(WORKFLOWCHECK) ./workflows ./worker

imports: ## who may import whom, and how long files may be
	$(GO) test .

bench: ## measure; results are explained in docs/benchmarks.md
	@sh scripts/setup-test.sh
	$(TESTPG) -durable -- $(GO) test -timeout 90m -run '^$$' -bench . -benchmem ./...

bench-pages: ## measure every page among 100,000 cases; prints the tables of docs/benchmarks.md
	@$(TESTPG) -durable -- $(GO) test -timeout 120m -run '^$$' -bench 'BenchmarkPages' ./cmd/chengxu

bench-compare: ## measure a gate of thirty rules beside cel-go, OPA and Go written by hand
	cd internal/compare && $(GO) test -bench . -benchmem -count 5 .

clients: ## write the clients anew from api/openapi.yaml
	$(GO) generate ./client

screenshots: ## take the pictures of docs/explanation/design.md anew, with Chromium
	CHENGXU_DESIGN=$(CURDIR)/docs/explanation/design $(GO) test ./cmd/chengxu -count 1 -run TestPicturesOfTheDesign

build: ## build bin/chengxu
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/chengxu ./cmd/chengxu

release: ## make dist/VERSION: binaries for two processors, their parts, licences, sums; needs VERSION=…
	@test -n "$(VERSION)" || { echo "which version? make release VERSION=1.0.0"; exit 2; }
	@sh scripts/release.sh "$(VERSION)"

vulncheck: ## look for known vulnerabilities in what is called; asks vuln.go.dev
	$(GOVULNCHECK) ./...
