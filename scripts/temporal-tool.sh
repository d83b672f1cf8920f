#!/bin/sh
# Builds Temporal's own command line tool into .cache/bin, with the libraries of the
# program itself, so that little of it is compiled anew. Tests look at cases with it.
set -eu
cd "$(dirname "$0")/../internal/temporaltool"
cache=$(cd ../.. && pwd)/.cache

# The tool is one version of the server behind ours, which makes a key by a function
# where the tool converts; only "temporal server start-dev" is concerned.
source=$cache/temporal-cli
rm -rf "$source"
mkdir -p "$cache/bin"
cp -R "$(go mod download -json github.com/temporalio/cli | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" "$source"
chmod -R u+w "$source"
file=$source/temporalcli/devserver/server.go
sed 's/dynamicconfig\.Key(\([a-z]*\))/dynamicconfig.MakeKey(\1)/' "$file" >"$file.new"
mv "$file.new" "$file"

cp go.mod "$cache/temporal-tool.mod"
cp go.sum "$cache/temporal-tool.sum"
go mod edit -replace "github.com/temporalio/cli=$source" "$cache/temporal-tool.mod"
go build -modfile "$cache/temporal-tool.mod" -o "$cache/bin/temporal" github.com/temporalio/cli/cmd/temporal
rm -rf "$source"
