#!/bin/sh
# Gives each service a folder with its own secrets and no others, which is all that its container mounts:
#
#   hand-out.sh DIRECTORY
#
#   DIRECTORY/for/SERVICE/NAME    the same file as DIRECTORY/secrets/NAME, with its owner and mode
#
# What is not there yet (elasticsearch/prepare.sh makes it) is handed out by the next run. May run any number of times.
set -eu

out=${1:?usage: hand-out.sh DIRECTORY}

# hand SERVICE NAME ...: files of secrets/, or of DIRECTORY itself where everybody may read them.
hand() {
  place=$out/for/$1
  shift
  mkdir -p "$place"
  chmod 755 "$place"
  for name in "$@"; do
    file=$out/secrets/$name
    [ -e "$file" ] || file=$out/$name
    # Not a link that leads nowhere.
    if [ -f "$file" ]; then ln -f "$file" "$place/$name"; fi
  done
}

mkdir -p "$out/for"
chmod 755 "$out/for"
hand postgres database-admin.password database.password database-monitor.password
hand postgres-exporter database-monitor.password
hand redis redis.password
hand redis-exporter redis-exporter.json
hand application database.password redis.password collector.token metrics.token stack-ca.crt
# An application of the site's own, whose passwords are its own.
hand own-application collector.token metrics.token stack-ca.crt
hand prometheus metrics.token
hand alertmanager smtp.password slack.url watchdog.url
hand grafana grafana.password reader.password ca.crt
hand collector writer.password collector.token collector.crt collector.key ca.crt
hand container-logs writer.password ca.crt
hand elasticsearch-setup setup.password ca.crt
hand kibana kibana.token kibana.key ca.crt
hand kibana-setup kibana-user.password
hand elasticsearch ca.crt

# Elasticsearch's own: certificate, users, tokens.
place=$out/for/elasticsearch/config
mkdir -p "$place/certs"
chmod 755 "$place" "$place/certs"
for file in certs/ca.crt certs/node.crt certs/node.key users users_roles service_tokens; do
  if [ -f "$out/config/$file" ]; then ln -f "$out/config/$file" "$place/$file"; fi
done
