{{/* Which pod it is, in words that outlive an address. */}}
{{- define "barbossa.relabel" -}}
- { targetLabel: job, replacement: {{ . }} }
- { sourceLabels: [__meta_kubernetes_pod_name], targetLabel: instance }
{{- end -}}

{{/*
Metrics of the collector's exporter and their labels have dots in their names, which Prometheus 3 would keep; rules and
dashboards have underscores. A rule replaces one dot of a name: there are up to five, and in a label's up to two.
*/}}
{{- define "barbossa.underscores" -}}
{{- range until 5 }}
- { sourceLabels: [__name__], regex: '([^.]*)[.](.*)', targetLabel: __name__, replacement: '${1}_${2}' }
{{- end }}
{{- range until 3 }}
- { action: labelmap, regex: '([^.]+)[.](.+)', replacement: '${1}_${2}' }
{{- end }}
- { action: labeldrop, regex: '.+[.].+' }
{{- end -}}
