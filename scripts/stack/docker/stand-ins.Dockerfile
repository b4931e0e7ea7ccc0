# Images that stand in for those that compose.yaml names, where no registry of images is reached: the real programs at the
# places where the image has them, and its users and folders. stand-ins.js says which folders the contexts are.
FROM scratch AS base
ADD root.tar /
RUN sed -i 'p; s|/debian \(.*\) main|/debian-security \1-security main|' /etc/apt/sources.list
# Whom this machine trusts: the way to the registries of packages may have an authority of its own.
COPY --from=its-authorities ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt

FROM base AS node
COPY --from=its-node --chmod=755 node /usr/local/bin/node
COPY --from=its-npm / /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

FROM base AS golang
COPY --from=its-go / /usr/local/go
ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin GOTOOLCHAIN=local

FROM base AS postgres
RUN apt-get update -q && apt-get install -qy --no-install-recommends postgresql-15 libnss-wrapper
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
COPY --from=its-scripts --chmod=755 postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]

FROM base AS redis
# As the image has them.
RUN groupadd -r -g 999 redis && useradd -r -g redis -u 999 redis
RUN apt-get update -q && apt-get install -qy --no-install-recommends redis-server
WORKDIR /data
RUN chown redis:redis /data
CMD ["redis-server"]

FROM base AS elasticsearch
RUN groupadd -g 1000 elasticsearch && useradd -u 1000 -g 0 -G elasticsearch -d /usr/share/elasticsearch elasticsearch
COPY --from=its-elasticsearch / /usr/share/elasticsearch
COPY --from=its-jdk / /usr/share/elasticsearch/jdk
COPY --from=its-system --chmod=755 usr/bin/tini-static /bin/tini
RUN cd /usr/share/elasticsearch && install -d -o elasticsearch -g root -m 775 data logs
WORKDIR /usr/share/elasticsearch
USER 1000:0

# Those of Prometheus' authors are built on busybox, whose wget their health checks call.
FROM base AS small
RUN rm -f /usr/bin/curl
COPY --from=its-system --chmod=755 bin/busybox /bin/busybox
RUN ln -sf /bin/busybox /usr/bin/wget

FROM small AS prometheus
COPY --from=its-prometheus --chmod=755 prometheus promtool /bin/
WORKDIR /prometheus
RUN chown nobody:nogroup /prometheus
USER nobody
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]

FROM small AS alertmanager
COPY --from=its-alertmanager --chmod=755 alertmanager amtool /bin/
WORKDIR /alertmanager
RUN chown nobody:nogroup /alertmanager
USER nobody
ENTRYPOINT ["/bin/alertmanager"]
CMD ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"]

FROM small AS node-exporter
COPY --from=its-node-exporter --chmod=755 node_exporter /bin/node_exporter
USER nobody
ENTRYPOINT ["/bin/node_exporter"]

FROM small AS postgres-exporter
COPY --from=its-postgres-exporter --chmod=755 prometheus-postgres-exporter /bin/postgres_exporter
USER nobody
ENTRYPOINT ["/bin/postgres_exporter"]

FROM small AS redis-exporter
COPY --from=its-redis-exporter --chmod=755 prometheus-redis-exporter /redis_exporter
USER nobody
ENTRYPOINT ["/redis_exporter"]
