#!/bin/sh
# Puts passwords into DATABASE_URL and REDIS_URL, which have a place for them and no file, then becomes the program:
#
#   with-secrets.sh PROGRAM [ARGUMENT ...]
#
# {NAME} in them stands for what /run/secrets/NAME says, written as a URL wants it.
#
#   DATABASE_URL=postgresql://barbossa:{database.password}@postgres:5432/barbossa
set -eu

fail() {
  echo "with-secrets: $*" >&2
  exit 1
}

# Every byte as %XX: right for any password, and no table of exceptions.
encode() { printf %s "$(cat "$1")" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%'; }

fill() {
  text=$1
  while :; do
    case $text in
      *{*}*) ;;
      *) break ;;
    esac
    before=${text%%\{*}
    rest=${text#*\{}
    name=${rest%%\}*}
    [ -r "/run/secrets/$name" ] || fail "/run/secrets/$name is not there, or not for user $(id -u)"
    text=$before$(encode "/run/secrets/$name")${rest#*\}}
  done
  printf %s "$text"
}

if [ -n "${DATABASE_URL:-}" ]; then
  DATABASE_URL=$(fill "$DATABASE_URL")
  export DATABASE_URL
fi
if [ -n "${REDIS_URL:-}" ]; then
  REDIS_URL=$(fill "$REDIS_URL")
  export REDIS_URL
fi
exec "$@"
