#!/bin/sh
# Sets the schema of the workflow engine up, or brings it up to the version of the
# tool, which is that of the server. Run again, it changes nothing.
set -eu

for database in temporal temporal_visibility; do
	schema=${database#temporal_}
	temporal-sql-tool --database "$database" setup-schema --version 0.0
	temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$schema"
done
