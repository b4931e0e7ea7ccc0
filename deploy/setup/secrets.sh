#!/bin/sh
# Makes the passwords and keys that are not there yet, each a file that only its readers can read. What exists is kept;
# what the site has put into GIVEN is used instead. May run any number of times.
#
#   secrets.sh DIRECTORY GIVEN
#
#   DIRECTORY/secrets/NAME    the file; DIRECTORY/NAME leads to it: mounted at /run/secrets, it is /run/secrets/NAME
#   GIVEN/NAME                the site's own
#
#   name                      made where it is not given   readers
#   database-admin.password   yes                          PostgreSQL: its superuser
#   database.password         yes                          PostgreSQL, the applications
#   database-monitor.password yes                          PostgreSQL, its exporter
#   redis.password            yes                          Redis, the applications
#   redis-exporter.json       of redis.password            Redis' exporter
#   grafana.password          yes                          Grafana: its administrator
#   kibana.key                yes                          Kibana: what it encrypts with
#   reader.password           yes                          Grafana at Elasticsearch
#   metrics.token             yes                          the applications, Prometheus: who may read their metrics
#   collector.token           yes                          the collector, the applications: who may send it log records
#   writer.password, setup.password, kibana-user.password  by elasticsearch/prepare.sh
#   kibana.token, ca.crt, stack-ca.crt, collector.crt, collector.key   by elasticsearch/prepare.sh
#   smtp.password, slack.url, watchdog.url   no            Alertmanager
#
#   BARBOSSA_REDIS_HOST       whom the exporter asks       redis
#
# hand-out.sh then gives each service a folder with its own. As root it gives each file to its readers, by the ids that compose.yaml runs them as.
set -eu

out=${1:?usage: secrets.sh DIRECTORY GIVEN}
given=${2:?usage: secrets.sh DIRECTORY GIVEN}
umask 077

say() { echo "secrets: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

mkdir -p "$out/secrets"
out=$(cd "$out" && pwd)
work=$out/.secrets.$$
trap 'rm -f "$work"' EXIT
trap 'exit 1' HUP INT TERM

# finish NAME OWNER[:GROUP]: the file at $work becomes the secret.
finish() {
  case $2 in *:*) mode=440 ;; *) mode=400 ;; esac
  if [ "$(id -u)" -eq 0 ]; then chown "$2" "$work"; fi
  chmod $mode "$work"
  mv "$work" "$out/secrets/$1"
}

# Without the line break at its end, which an editor adds.
copy() { printf %s "$(cat "$1")" >"$work"; }

# place NAME OWNER[:GROUP] [make]
place() {
  file=$out/secrets/$1
  if [ -s "$given/$1" ]; then
    copy "$given/$1"
    finish "$1" "$2"
    say "$1: the site's own"
  elif [ -s "$file" ]; then
    say "$1: kept"
  elif [ "${3:-}" = make ]; then
    # 192 bits; hexadecimal, so that no shell, YAML or URL reads anything into it.
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$work"
    finish "$1" "$2"
    say "$1: made"
  fi
}

# This version of PostgreSQL's exporter cannot read such a one, and prints it.
case $(cat "$given/database-monitor.password" 2>/dev/null || true) in
  *[[:space:]\'\"\\]*) fail 'database-monitor.password: no blanks, quotes and backslashes' ;;
esac

place database-admin.password 10003 make
place database.password 10003:10002 make
place database-monitor.password 10003:10004 make
place redis.password 999:10002 make
place grafana.password 472 make
place kibana.key 10006 make
place metrics.token 65534:10002 make
place collector.token 10001:10002 make
# Grafana does not start without the two files that its data sources name, wherever Elasticsearch is.
place reader.password 472 make
place writer.password 10001
place setup.password 10007
place kibana-user.password 10007
place kibana.token 10006
place smtp.password 65534
place slack.url 65534
place watchdog.url 65534

escaped=$(sed 's/[\\"]/\\&/g' "$out/secrets/redis.password")
printf '{"redis://%s:6379":"%s"}' "${BARBOSSA_REDIS_HOST:-redis}" "$escaped" >"$work"
finish redis-exporter.json 10005

if [ -s "$given/ca.crt" ]; then
  cp "$given/ca.crt" "$work"
  chmod 444 "$work"
  mv "$work" "$out/ca.crt"
elif [ ! -e "$out/ca.crt" ]; then
  : >"$out/ca.crt"
  chmod 444 "$out/ca.crt"
fi

# Names that lead to files which are not there yet are what elasticsearch/prepare.sh makes.
for name in database-admin.password database.password database-monitor.password redis.password redis-exporter.json \
  grafana.password kibana.key metrics.token collector.token reader.password writer.password setup.password kibana-user.password kibana.token \
  smtp.password slack.url watchdog.url; do
  ln -sf "secrets/$name" "$out/$name"
done
sh "$(dirname "$0")/hand-out.sh" "$out"
# Everybody may pass through; nobody may look around.
chmod 755 "$out"
chmod 711 "$out/secrets"
