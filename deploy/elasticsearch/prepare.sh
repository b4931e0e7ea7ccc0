#!/bin/sh
# Makes what Elasticsearch has to find in files before its first start: a certificate authority and the node's
# certificate, the three users of roles.yml, a user for Kibana's pages, and Kibana's service account token. Runs in
# Elasticsearch's own image (its tools do the work), as the user that Elasticsearch runs as. What exists is kept; only
# what is missing is made.
#
#   prepare.sh DIRECTORY
#
#   DIRECTORY/config/    certs/{ca.crt,node.crt,node.key} users users_roles service_tokens: for Elasticsearch
#   DIRECTORY/secrets/   {writer,reader,setup,kibana-user}.password kibana.token, one line each: for those who log in
#   DIRECTORY/ca.crt     the authority's certificate: for everybody
#   DIRECTORY/stack-ca.crt   the same, also where DIRECTORY/ca.crt is that of another Elasticsearch
#   AUTHORITY/           the authority's key: for renewal, for nobody else
#
# With BARBOSSA_COLLECTOR_NAMES it makes the collector's certificate too, in secrets/collector.{crt,key}; with
# BARBOSSA_COLLECTOR_ONLY that and nothing for Elasticsearch, which is the site's own.
#
# As root it gives each file to the user that reads it, by the official images' ids (BARBOSSA_OWNERS).
#
# A password file that is there already is used, so a site may bring its own. To renew the node's certificate, remove
# config/certs/node.crt (secrets/collector.crt) and run this again; to change a password, replace its file and run this again.
#
#   ES_HOME                          where Elasticsearch is          /usr/share/elasticsearch
#   BARBOSSA_ELASTICSEARCH_NAMES     host names in the certificate   elasticsearch,localhost
#   BARBOSSA_ELASTICSEARCH_IPS       addresses in the certificate    127.0.0.1
#   BARBOSSA_COLLECTOR_NAMES         host names in the collector's     (none is made)
#   BARBOSSA_COLLECTOR_ONLY          true: nothing for Elasticsearch   false
#   BARBOSSA_AUTHORITY_DIR           AUTHORITY                         DIRECTORY/ca
#   BARBOSSA_CERTIFICATE_DAYS        days that certificates live     825
#   BARBOSSA_OWNERS                  FILE=USERID of config/ and of each file in secrets/, as root only
#                                    config=1000 writer.password=10001 reader.password=472 setup.password=1000
#                                    kibana-user.password=1000 kibana.token=1000
set -eu

out=${1:?usage: prepare.sh DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
ES_HOME=${ES_HOME:-/usr/share/elasticsearch}
names=${BARBOSSA_ELASTICSEARCH_NAMES:-elasticsearch,localhost}
ips=${BARBOSSA_ELASTICSEARCH_IPS:-127.0.0.1}
days=${BARBOSSA_CERTIFICATE_DAYS:-825}
owners=${BARBOSSA_OWNERS:-config=1000 writer.password=10001 reader.password=472 setup.password=1000 kibana-user.password=1000 kibana.token=1000}
umask 077

say() { echo "prepare: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

[ -x "$ES_HOME/bin/elasticsearch-certutil" ] || fail "no Elasticsearch in ES_HOME=$ES_HOME"
mkdir -p "$out/config/certs" "$out/secrets"
out=$(cd "$out" && pwd)
authority=${BARBOSSA_AUTHORITY_DIR:-$out/ca}
mkdir -p "$authority"
# What an earlier version kept beside what others read.
if [ "$authority" != "$out/ca" ] && [ -d "$out/ca" ]; then
  if [ -s "$out/ca/ca.key" ] && [ ! -s "$authority/ca.key" ]; then
    cp "$out/ca/ca.crt" "$authority/ca.crt"
    cp "$out/ca/ca.key" "$authority/ca.key"
  fi
  rm -rf "$out/ca"
fi
work=$(mktemp -d "$out/.prepare.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The tools read settings and roles, and write users and service_tokens, in a folder of their own: a run that is cut
# short leaves what was there before.
ES_PATH_CONF=$work/config
export ES_PATH_CONF
mkdir "$ES_PATH_CONF"
cp "$here/roles.yml" "$ES_PATH_CONF/"
echo 'xpack.security.enabled: true' >"$ES_PATH_CONF/elasticsearch.yml"
touch "$ES_PATH_CONF/users" "$ES_PATH_CONF/users_roles"

# A tool's output is shown only if it fails.
run() {
  tool=$1
  shift
  "$ES_HOME/bin/$tool" "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$tool failed"; }
}

extract() {
  if command -v unzip >/dev/null; then
    unzip -qo "$1" -d "$2"
  else
    (cd "$2" && "${ES_JAVA_HOME:-$ES_HOME/jdk}/bin/jar" xf "$1")
  fi
}

make_authority() {
  [ ! -s "$authority/ca.key" ] || { say "certificate authority: kept"; return; }
  run elasticsearch-certutil ca --silent --pem --days "$days" --out "$work/ca.zip"
  extract "$work/ca.zip" "$work"
  # A certificate of another authority would be of no use.
  rm -f "$out/config/certs/node.crt" "$out/secrets/collector.crt"
  mv "$work/ca/ca.crt" "$authority/ca.crt"
  mv "$work/ca/ca.key" "$authority/ca.key"
  say "certificate authority: made, good for $days days"
}

make_certificate() {
  cp "$authority/ca.crt" "$out/config/certs/ca.crt"
  [ ! -s "$out/config/certs/node.crt" ] || { say "certificate: kept"; return; }
  run elasticsearch-certutil cert --silent --pem --days "$days" --name node --dns "$names" --ip "$ips" \
    --ca-cert "$authority/ca.crt" --ca-key "$authority/ca.key" --out "$work/node.zip"
  extract "$work/node.zip" "$work"
  mv "$work/node/node.key" "$out/config/certs/node.key"
  mv "$work/node/node.crt" "$out/config/certs/node.crt"
  say "certificate: made for $names,$ips, good for $days days"
}

make_collector_certificate() {
  [ -n "${BARBOSSA_COLLECTOR_NAMES:-}" ] || return 0
  [ ! -s "$out/secrets/collector.crt" ] || { say "the collector's certificate: kept"; return; }
  run elasticsearch-certutil cert --silent --pem --days "$days" --name collector --dns "$BARBOSSA_COLLECTOR_NAMES" \
    --ca-cert "$authority/ca.crt" --ca-key "$authority/ca.key" --out "$work/collector.zip"
  extract "$work/collector.zip" "$work"
  mv "$work/collector/collector.key" "$out/secrets/collector.key"
  mv "$work/collector/collector.crt" "$out/secrets/collector.crt"
  say "the collector's certificate: made for $BARBOSSA_COLLECTOR_NAMES, good for $days days"
}

# give_certificate NAME: the authority's, to everybody.
give_certificate() {
  cp "$authority/ca.crt" "$work/$1"
  chmod 444 "$work/$1"
  mv "$work/$1" "$out/$1"
}

# make_user NAME [FILE ROLES]: by default NAME.password and the role barbossa_NAME
make_user() {
  file=$out/secrets/${2:-$1}.password
  if [ ! -s "$file" ]; then
    # 192 bits; hexadecimal, so that no shell, YAML or URL reads anything into it.
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$work/password"
    mv "$work/password" "$file"
  fi
  # By standard input, twice as it asks for it: an argument could be read in the list of processes.
  { cat "$file"; echo; cat "$file"; echo; } >"$work/answers"
  run elasticsearch-users useradd "barbossa_$1" -r "${3:-barbossa_$1}" <"$work/answers"
  rm "$work/answers"
  say "user barbossa_$1: password in secrets/${2:-$1}.password"
}

make_token() {
  if [ -s "$out/config/service_tokens" ] && [ -s "$out/secrets/kibana.token" ]; then
    say "service account token elastic/kibana: kept"
    return
  fi
  run elasticsearch-service-tokens create elastic/kibana barbossa
  sed -n 's/^SERVICE_TOKEN .* = //p' "$work/log" | tr -d '\n' >"$work/token"
  [ -s "$work/token" ] || fail "elasticsearch-service-tokens gave no token"
  mv "$ES_PATH_CONF/service_tokens" "$out/config/service_tokens"
  mv "$work/token" "$out/secrets/kibana.token"
  say "service account token elastic/kibana: made, in secrets/kibana.token"
}

make_authority
make_collector_certificate
give_certificate stack-ca.crt
if [ "${BARBOSSA_COLLECTOR_ONLY:-}" = true ]; then
  if [ "$(id -u)" -eq 0 ]; then
    for owner in $owners; do
      case $owner in collector.*) chown "${owner#*=}" "$out/secrets/${owner%%=*}" ;; esac
    done
  fi
  exit
fi
make_certificate
make_user writer
make_user reader
make_user setup
# For people in Kibana, and for its set-up: saved objects, and the log indices to read.
make_user kibana kibana-user kibana_admin,barbossa_reader
# Elasticsearch reads these two again when they change; each is replaced at once, roles first.
mv "$ES_PATH_CONF/users_roles" "$out/config/users_roles"
mv "$ES_PATH_CONF/users" "$out/config/users"
make_token

give_certificate ca.crt
if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$out"
  chmod 711 "$out/secrets"
  for owner in $owners; do
    case $owner in
      config=*) chown -R "${owner#*=}" "$out/config" ;;
      *) chown "${owner#*=}" "$out/secrets/${owner%%=*}" ;;
    esac
  done
fi
