{{/* Configuration files, in their order. */}}
{{- define "barbossa.podLogs.configs" -}}
- agent.yaml
- container-logs.yaml
- pod-logs.yaml
{{- if .Values.token.secretName }}
- agent-with-token.yaml
{{- end }}
{{- end -}}

{{/* The files of podLogs.pods, as the list in brackets that pod-logs.yaml takes. */}}
{{- define "barbossa.podLogs.files" -}}
{{- $files := list -}}
{{- range .Values.podLogs.pods -}}
{{- $files = append $files (printf "%s/%s_%s_*/%s/*.log*" $.Values.podLogs.logDir .namespace (.pod | default "*") (.container | default "*")) -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{/* Which of them are workers: a regular expression of NAMESPACE/POD/CONTAINER. */}}
{{- define "barbossa.podLogs.workers" -}}
{{- $workers := list -}}
{{- range .Values.podLogs.pods -}}
{{- if eq (.role | default "web") "worker" -}}
{{- $name := printf "%s/%s/%s" .namespace (.pod | default "*") (.container | default "*") -}}
{{- $workers = append $workers ($name | replace "." "[.]" | replace "*" "[^/]*") -}}
{{- end -}}
{{- end -}}
{{- if $workers }}^(?:{{ join "|" $workers }})${{ end -}}
{{- end -}}
