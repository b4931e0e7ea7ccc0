#!/bin/sh
# Stands in for docker-entrypoint.sh of PostgreSQL's image, as far as compose.yaml uses it: a new database gets the
# superuser's password and is given to what is in /docker-entrypoint-initdb.d, while it listens on its socket only.
#
#   postgres-entrypoint.sh postgres [OPTION ...]
set -eu

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -U postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 --no-sync \
    --locale=C -E UTF8
  pg_ctl -w -o "-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*.sh; do "$file"; done
  pg_ctl -w -m fast stop
fi
exec "$@"
