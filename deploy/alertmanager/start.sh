#!/bin/sh
# Starts Alertmanager with alertmanager.yml, which says what can be set. Alertmanager itself reads no environment: a copy
# with the values in it is made, in TMPDIR. Runs in Alertmanager's own image, whose busybox has all it takes.
#
#   start.sh [OPTION OF ALERTMANAGER ...]
#   start.sh --render                        prints the copy, starts nothing
set -eu

here=$(cd "$(dirname "$0")" && pwd)
TEMPLATES="$here/templates/*.tmpl"
export TEMPLATES

say() { echo "start: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
need_file() { [ -s "$2" ] || fail "$1: there is no $2, or it is empty"; }

if [ -n "${BARBOSSA_ALERT_MAIL_TO:-}" ]; then
  [ -n "${BARBOSSA_SMTP_SMARTHOST:-}" ] || fail 'BARBOSSA_ALERT_MAIL_TO is set, and BARBOSSA_SMTP_SMARTHOST is not'
  [ -n "${BARBOSSA_SMTP_FROM:-}" ] || fail 'BARBOSSA_ALERT_MAIL_TO is set, and BARBOSSA_SMTP_FROM is not'
  if [ -n "${BARBOSSA_SMTP_USER:-}" ]; then
    need_file BARBOSSA_SMTP_PASSWORD_FILE "${BARBOSSA_SMTP_PASSWORD_FILE:-/run/secrets/smtp.password}"
  fi
fi
if [ -n "${BARBOSSA_SLACK_CHANNEL:-}" ]; then
  need_file BARBOSSA_SLACK_URL_FILE "${BARBOSSA_SLACK_URL_FILE:-/run/secrets/slack.url}"
fi
if [ -n "${BARBOSSA_WATCHDOG_URL_FILE:-}" ]; then
  need_file BARBOSSA_WATCHDOG_URL_FILE "$BARBOSSA_WATCHDOG_URL_FILE"
fi
if [ -z "${BARBOSSA_ALERT_MAIL_TO:-}${BARBOSSA_SLACK_CHANNEL:-}" ]; then
  say 'nobody is told of alerts: set BARBOSSA_ALERT_MAIL_TO or BARBOSSA_SLACK_CHANNEL'
fi

# A value becomes a YAML text in single quotes; so nothing in it has a meaning, but for a line break, which has no place.
render() {
  awk '
    function quote(value) {
      gsub(/\047/, "\047\047", value)
      return "\047" value "\047"
    }
    {
      match($0, /^ */)
      indent = RLENGTH
      if (dropped != "" && (indent > dropped || $0 == "")) next
      dropped = ""
      name = ""
      if (match($0, / # (only with )?[A-Z][A-Z_]*$/)) {
        name = substr($0, RSTART)
        sub(/^ # (only with )?/, "", name)
        optional = index(substr($0, RSTART), "only with ") > 0
        line = substr($0, 1, RSTART - 1)
        if (optional && ENVIRON[name] == "") {
          dropped = indent
          next
        }
      }
      if (name == "" || ENVIRON[name] == "") {
        print
        next
      }
      if (index(ENVIRON[name], "\n") > 0) {
        print "start: " name " has a line break in it" > "/dev/stderr"
        exit 1
      }
      value = ENVIRON[name]
      # What is no text.
      if (value != "true" && value != "false") value = quote(value)
      if (line ~ /:$/) print line
      else if (match(line, /^ *(- )?[a-z_]+: /)) print substr(line, 1, RLENGTH) value
      else if (match(line, /^ *- /)) print substr(line, 1, RLENGTH) value
    }
  ' "$here/alertmanager.yml"
}

if [ "${1:-}" = --render ]; then
  render
  exit
fi
config="${TMPDIR:-/tmp}/alertmanager.yml"
(umask 077 && render >"$config")
exec alertmanager --config.file="$config" "$@"
