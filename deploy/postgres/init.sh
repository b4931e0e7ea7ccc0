#!/bin/sh
# Runs once, when the database is new: PostgreSQL's image does so with what is in /docker-entrypoint-initdb.d. The
# application owns its database and is no superuser; the exporter may read statistics and nothing else.
set -eu

# Passwords by variables of psql, which quotes them, and from its standard input: not in the list of processes.
psql --no-psqlrc -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres <<SQL
\set application \`cat /run/secrets/database.password\`
\set monitor \`cat /run/secrets/database-monitor.password\`
CREATE ROLE barbossa LOGIN PASSWORD :'application';
CREATE DATABASE barbossa OWNER barbossa;
REVOKE CONNECT ON DATABASE barbossa FROM PUBLIC;
CREATE ROLE barbossa_monitor LOGIN PASSWORD :'monitor' IN ROLE pg_monitor;
SQL
