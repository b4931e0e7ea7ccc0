#!/bin/sh
# Stands in for tini, which Elasticsearch's image has: tini -- PROGRAM [ARGUMENT ...]
shift
exec "$@"
