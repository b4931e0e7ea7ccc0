#!/bin/sh
# Starts Redis with redis.conf and the password of /run/secrets/redis.password, which has a place in a configuration file
# only: a copy with it is made, in TMPDIR.
#
#   start.sh [OPTION OF REDIS ...]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
config="${TMPDIR:-/tmp}/redis.conf"
password=$(sed 's/[\\"]/\\&/g' /run/secrets/redis.password)
(
  umask 077
  cat "$here/redis.conf"
  printf 'requirepass "%s"\n' "$password"
) >"$config"
exec redis-server "$config" "$@"
