#!/bin/sh
# Gives Kibana its secrets, which kibana.yml takes from the environment, then becomes the program.
#
#   start.sh PROGRAM [ARGUMENT ...]
set -eu

BARBOSSA_KIBANA_TOKEN=$(cat /run/secrets/kibana.token)
BARBOSSA_KIBANA_KEY=$(cat /run/secrets/kibana.key)
export BARBOSSA_KIBANA_TOKEN BARBOSSA_KIBANA_KEY
exec "$@"
