#!/bin/sh
# Builds Temporal's own command line tool into .cache/bin, with the libraries of the
# program itself, so that little of it is compiled anew. Tests look at cases with it.
set -eu
cd "$(dirname "$0")/../internal/temporaltool"
cache=$(cd ../.. && pwd)/.cache

# The tool is one version of the server behind ours, which makes a key by a function
# where the tool converts; only "temporal server start-dev" is concerned.
file=$(go list -m -f '{{.Dir}}' github.com/temporalio/cli)/temporalcli/devserver/server.go
mkdir -p "$cache/bin"
sed 's/dynamicconfig\.Key(\([a-z]*\))/dynamicconfig.MakeKey(\1)/' "$file" >"$cache/devserver.go"
printf '{"Replace": {"%s": "%s"}}\n' "$file" "$cache/devserver.go" >"$cache/devserver.json"
go build -overlay "$cache/devserver.json" -o "$cache/bin/temporal" github.com/temporalio/cli/cmd/temporal
