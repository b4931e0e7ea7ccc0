#!/bin/sh
# Stands in for docker-entrypoint.sh of PostgreSQL's image, as far as compose.yaml uses it: a new database gets the
# superuser's password and is given to what is in /docker-entrypoint-initdb.d, while it listens on its socket only.
#
#   postgres-entrypoint.sh postgres [OPTION ...]
set -eu

# initdb wants a name for its user id. The image lends it one, by the same library.
as_somebody() {
  wrapper=$(ls /usr/lib/*/libnss_wrapper.so 2>/dev/null || true)
  if [ -z "$wrapper" ] || getent passwd "$(id -u)" >/dev/null; then
    "$@"
    return
  fi
  echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" >/tmp/passwd
  echo "postgres:x:$(id -g):" >/tmp/group
  LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group "$@"
  rm /tmp/passwd /tmp/group
}

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  as_somebody initdb -U postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 \
    --no-sync --locale=C -E UTF8
  # From every address, with a password: initdb's own lines are for this machine only.
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -w -o "-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*.sh; do "$file"; done
  pg_ctl -w -m fast stop
fi
exec "$@"
