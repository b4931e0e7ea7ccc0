#!/bin/sh
# What a Docker daemon of ours starts by, in namespaces of its own: when it ends, its mounts, networks and processes end.
#
#   daemon.sh OWN|HOST CGROUPS PROGRAM [ARGUMENT ...]
#
#   OWN, HOST   whether its network is its own
#   CGROUPS     an empty folder, over which this machine's control groups are kept while /sys becomes its own
set -eu

network=$1
cgroups=$2
shift 2
# For what is mounted within, such as node-exporter's rslave; nothing gets out, since the namespace began as private.
mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
if [ "$network" = own ]; then
  # So that /sys/class/net is this network's.
  mount --rbind /sys/fs/cgroup "$cgroups"
  mount -t sysfs sysfs /sys
  mount --rbind "$cgroups" /sys/fs/cgroup
  ip link set lo up
  # Without a bridge of its own at the start, dockerd does not do it.
  echo 1 >/proc/sys/net/ipv4/ip_forward
fi
exec "$@"
