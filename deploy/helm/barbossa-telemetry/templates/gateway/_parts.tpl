{{/* Configuration files of the gateway, in their order. */}}
{{- define "barbossa.gateway.configs" -}}
- gateway.yaml
{{- if .Values.token.secretName }}
- with-token.yaml
{{- end }}
{{- if .Values.gateway.tls.enabled }}
- with-tls.yaml
{{- end }}
{{- end -}}

{{- define "barbossa.gateway.env" -}}
{{- with .Values.gateway -}}
- { name: BARBOSSA_COLLECTOR_OTLP_ENDPOINT, value: '0.0.0.0:4318' }
- { name: BARBOSSA_COLLECTOR_MAX_REQUEST_BYTES, value: '{{ int64 .maxRequestBytes }}' }
- { name: BARBOSSA_COLLECTOR_MAX_AGE, value: {{ .maxAge | quote }} }
- { name: BARBOSSA_COLLECTOR_QUEUE_DIR, value: /var/lib/otelcol/queue }
- { name: BARBOSSA_COLLECTOR_QUEUE_BYTES, value: '{{ int64 .queue.bytes }}' }
- { name: BARBOSSA_COLLECTOR_QUEUE_RESERVE_BYTES, value: '{{ int64 .queue.reserveBytes }}' }
- { name: BARBOSSA_COLLECTOR_QUEUE_FSYNC, value: '{{ .queue.fsync }}' }
{{- if .tls.clientCaSecret }}
- { name: BARBOSSA_COLLECTOR_CLIENT_CA_FILE, value: /run/secrets/client-ca.crt }
{{- end }}
{{- end }}
{{- with .Values.elasticsearch }}
- { name: BARBOSSA_ELASTICSEARCH_URL, value: {{ .url | quote }} }
- { name: BARBOSSA_LOG_TARGET, value: {{ .target | quote }} }
- { name: BARBOSSA_LOG_NAMESPACE, value: {{ .namespace | quote }} }
- { name: BARBOSSA_ELASTICSEARCH_USER, value: {{ .writer.user | quote }} }
{{- if .ca.secretName }}
- { name: BARBOSSA_ELASTICSEARCH_CA_FILE, value: /run/secrets/ca.crt }
{{- end }}
{{- end }}
{{- end -}}

{{- define "barbossa.gateway.secrets" -}}
{{- with .Values.elasticsearch -}}
- { secret: { name: {{ .writer.passwordSecret | quote }}, items: [{ key: {{ .writer.passwordKey | quote }}, path: writer.password }] } }
{{- if .ca.secretName }}
- { secret: { name: {{ .ca.secretName | quote }}, items: [{ key: {{ .ca.key | quote }}, path: ca.crt }] } }
{{- end }}
{{- end }}
{{- with .Values.token }}
{{- if .secretName }}
- { secret: { name: {{ .secretName | quote }}, items: [{ key: {{ .key | quote }}, path: collector.token }] } }
{{- end }}
{{- end }}
{{- with .Values.gateway.tls }}
{{- if .enabled }}
{{ include "barbossa.certificate" .secretName }}
{{- end }}
{{- if .clientCaSecret }}
- { secret: { name: {{ .clientCaSecret | quote }}, items: [{ key: ca.crt, path: client-ca.crt }] } }
{{- end }}
{{- end }}
{{- end -}}
