#!/bin/sh
# Runs once, when the volume of PostgreSQL is new: one role and its own databases for
# the record, one for the workflow engine. Neither can read what is the other's.
set -eu

: "${CHENGXU_DB_PASSWORD:?}" "${TEMPORAL_DB_PASSWORD:?}"

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
	--set record="$CHENGXU_DB_PASSWORD" --set engine="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE chengxu LOGIN PASSWORD :'record';
CREATE ROLE temporal LOGIN PASSWORD :'engine';
CREATE DATABASE chengxu OWNER chengxu;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE chengxu, temporal, temporal_visibility FROM PUBLIC;
SQL
