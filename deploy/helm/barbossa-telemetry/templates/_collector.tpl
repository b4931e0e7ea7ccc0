{{/*
A pod of a collector, from spec on. Takes a dict:
  root, component, values    of the chart
  configs                    files of files/collector/, in their order
  env                        list of name and value; what all have is added
  secrets                    sources of the projected volume at /run/secrets
  mounts, volumes            more of them
  nodeReader                 true for the one that reads files of the node
*/}}
{{- define "barbossa.collector" -}}
{{- $root := .root -}}
serviceAccountName: {{ include "barbossa.name" (list $root "collectors") }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds | default 30 }}
securityContext:
  {{- if .nodeReader }}
  # The kubelet's log files are root's and nobody else may read them. It has no capability beyond that, and takes nothing
  # from the network but questions after its health and metrics.
  runAsUser: 0
  runAsGroup: 0
  {{- else }}
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile: { type: RuntimeDefault }
containers:
  - name: otelcol
    image: {{ include "barbossa.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      - --feature-gates=extension.healthcheck.useComponentStatus,stanza.synchronousLogEmitter
      {{- range .configs }}
      - --config=/etc/otelcol/{{ . }}
      {{- end }}
    env:
      {{- range concat .env (include "barbossa.collector.env" .values | fromYamlArray) }}
      - name: {{ .name }}
        value: {{ .value | quote }}
      {{- end }}
    ports:
      {{- if not .nodeReader }}
      - { name: otlp, containerPort: 4318, protocol: TCP }
      {{- end }}
      - { name: metrics, containerPort: 8888, protocol: TCP }
      - { name: health, containerPort: 13133, protocol: TCP }
    # The queue is looked through at the start, and made shorter: five minutes for that.
    startupProbe:
      httpGet: { path: /, port: health }
      periodSeconds: 2
      failureThreshold: 150
    # 200 also while Elasticsearch is away: a restart would mend nothing, and records are still taken.
    livenessProbe:
      httpGet: { path: /, port: health }
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet: { path: /, port: health }
      periodSeconds: 5
      timeoutSeconds: 5
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      {{- if not .nodeReader }}
      runAsNonRoot: true
      {{- end }}
      capabilities: { drop: [ALL] }
    resources:
      {{- toYaml .values.resources | nindent 6 }}
    volumeMounts:
      - { name: config, mountPath: /etc/otelcol, readOnly: true }
      {{- if .secrets }}
      - { name: secrets, mountPath: /run/secrets, readOnly: true }
      {{- end }}
      {{- range .mounts }}
      - {{ toJson . }}
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "barbossa.name" (list $root .component) }}
  {{- with .secrets }}
  - name: secrets
    projected:
      # 0440, by the group of the pod.
      defaultMode: 288
      sources:
        {{- range . }}
        - {{ toJson . }}
        {{- end }}
  {{- end }}
  {{- range .volumes }}
  - {{ toJson . }}
  {{- end }}
{{- end -}}

{{/* What every collector is told. */}}
{{- define "barbossa.collector.env" -}}
- { name: BARBOSSA_COLLECTOR_HEALTH_ENDPOINT, value: '0.0.0.0:13133' }
- { name: BARBOSSA_COLLECTOR_METRICS_HOST, value: 0.0.0.0 }
- { name: BARBOSSA_COLLECTOR_METRICS_PORT, value: '8888' }
- { name: BARBOSSA_COLLECTOR_MEMORY_MIB, value: '{{ int64 .memoryMib }}' }
- { name: BARBOSSA_COLLECTOR_LOG_LEVEL, value: {{ .logLevel }} }
{{- end -}}

{{/* What both kinds of agents are told of the gateway, as env. */}}
{{- define "barbossa.agent.env" -}}
{{- with .Values.gateway.tls -}}
- { name: BARBOSSA_GATEWAY_URL, value: '{{ include "barbossa.url" (list $ "gateway" .enabled) }}' }
{{- if .enabled }}
- { name: BARBOSSA_GATEWAY_CA_FILE, value: /run/secrets/gateway-ca.crt }
{{- end }}
{{- if .clientSecret }}
- { name: BARBOSSA_GATEWAY_CLIENT_CERT_FILE, value: /run/secrets/client.crt }
- { name: BARBOSSA_GATEWAY_CLIENT_KEY_FILE, value: /run/secrets/client.key }
{{- end }}
{{- end }}
{{- end -}}

{{/* Their secrets. */}}
{{- define "barbossa.agent.secrets" -}}
{{- with .Values.token.secretName }}
- { secret: { name: {{ . | quote }}, items: [{ key: {{ $.Values.token.key | quote }}, path: collector.token }] } }
{{- end }}
{{- with .Values.gateway.tls }}
{{- if .enabled }}
- { secret: { name: {{ .caSecret | default .secretName | quote }}, items: [{ key: ca.crt, path: gateway-ca.crt }] } }
{{- end }}
{{- with .clientSecret }}
- { secret: { name: {{ . | quote }}, items: [{ key: tls.crt, path: client.crt }, { key: tls.key, path: client.key }] } }
{{- end }}
{{- end }}
{{- end -}}

{{/* Certificate and key of a collector that listens with HTTPS, by the name of their secret. */}}
{{- define "barbossa.certificate" -}}
- { secret: { name: {{ . | quote }}, items: [{ key: tls.crt, path: collector.crt }, { key: tls.key, path: collector.key }] } }
{{- end -}}

{{/* A ConfigMap with files of files/collector/: (list $ "gateway" FILES) */}}
{{- define "barbossa.collector.config" -}}
{{- $root := index . 0 -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "barbossa.metadata" (list $root (index . 1) "") | nindent 2 }}
data:
  {{- range index . 2 }}
  {{ . }}: |
    {{- $root.Files.Get (printf "files/collector/%s" .) | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* A pod goes where its configuration changes. Certificates and tokens are read again without that. */}}
{{- define "barbossa.collector.checksum" -}}
checksum/config: {{ include "barbossa.collector.config" . | sha256sum }}
{{- end -}}
