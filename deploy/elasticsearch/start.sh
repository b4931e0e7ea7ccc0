#!/bin/sh
# Puts together Elasticsearch's configuration folder, then becomes the program. Runs in Elasticsearch's own image, whose
# folder keeps what belongs to the version.
#
#   start.sh PREPARED PROGRAM [ARGUMENT ...]
#
#   PREPARED       the folder that prepare.sh filled
#   ES_PATH_CONF   where the folder is put together; lost with the container
#   ES_HOME        where Elasticsearch is     /usr/share/elasticsearch
set -eu

prepared=${1:?usage: start.sh PREPARED PROGRAM [ARGUMENT ...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
image=${ES_HOME:-/usr/share/elasticsearch}/config

(
  umask 077
  mkdir -p "$ES_PATH_CONF/jvm.options.d"
  cp "$image/jvm.options" "$image/log4j2.properties" "$ES_PATH_CONF/"
  cp "$here/elasticsearch.yml" "$here/roles.yml" "$ES_PATH_CONF/"
  cp -R "$prepared/config/." "$ES_PATH_CONF/"
)
exec "$@"
