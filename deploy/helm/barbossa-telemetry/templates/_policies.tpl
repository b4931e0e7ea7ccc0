{{/* Prometheus may ask for metrics, the node for health: the kubelet is no peer that a policy could name. */}}
{{- define "barbossa.policy.metrics" -}}
{{- with .Values.networkPolicy.prometheus -}}
- from:
    {{- toYaml . | nindent 4 }}
  ports:
    - { port: 8888, protocol: TCP }
{{- end }}
{{- end -}}

{{/* Names are looked up. */}}
{{- define "barbossa.policy.names" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end -}}

{{- define "barbossa.policy.elasticsearch" -}}
- ports:
    - { port: {{ include "barbossa.elasticsearchPort" . }}, protocol: TCP }
  {{- with .Values.networkPolicy.elasticsearch }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "barbossa.policy.gateway" -}}
- to:
    - podSelector:
        matchLabels:
          {{- include "barbossa.selector" (list . "gateway") | nindent 10 }}
  ports:
    - { port: 4318, protocol: TCP }
{{- end -}}
