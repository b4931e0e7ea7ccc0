{{/* Configuration files of the agent, in their order. */}}
{{- define "barbossa.agent.configs" -}}
- agent.yaml
{{- if .Values.token.secretName }}
- agent-with-token.yaml
{{- end }}
{{- if .Values.agent.tls.enabled }}
- with-tls.yaml
{{- end }}
{{- end -}}
