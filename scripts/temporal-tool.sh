#!/bin/sh
# Builds Temporal's own command line tool into .cache/bin, with the libraries of the
# program itself, so that little of it is compiled anew. Tests look at cases with it.
set -eu
cd "$(dirname "$0")/../internal/temporaltool"
cache=$(cd ../.. && pwd)/.cache

# The tool is one version of server and API behind ours. Two lines are adapted, of "temporal
# server start-dev" and "temporal worker describe": a key that is made by a function, and a
# field that has another name.
source=$cache/temporal-cli
rm -rf "$source"
mkdir -p "$cache/bin"
cp -R "$(go mod download -json github.com/temporalio/cli | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" "$source"
chmod -R u+w "$source"
adapt() { # FILE EXPRESSION
	sed "$2" "$source/temporalcli/$1" >"$cache/adapted.go"
	mv "$cache/adapted.go" "$source/temporalcli/$1"
}
adapt devserver/server.go 's/dynamicconfig\.Key(\([a-z]*\))/dynamicconfig.MakeKey(\1)/'
adapt commands.worker.go 's/info\.GetProcessKey()/info.GetWorkerGroupingKey()/'

cp go.mod "$cache/temporal-tool.mod"
cp go.sum "$cache/temporal-tool.sum"
go mod edit -replace "github.com/temporalio/cli=$source" "$cache/temporal-tool.mod"
go build -modfile "$cache/temporal-tool.mod" -o "$cache/bin/temporal" github.com/temporalio/cli/cmd/temporal
rm -rf "$source"
