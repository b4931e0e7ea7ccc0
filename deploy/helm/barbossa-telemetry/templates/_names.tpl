{{/* Prefix of all names: 40 letters at most, so that a StatefulSet's pods and revisions stay within 63. */}}
{{- define "barbossa.prefix" -}}
{{- $name := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name)) -}}
{{- if gt (len $name) 40 -}}
{{- printf "%s-%s" ($name | trunc 33 | trimSuffix "-") ($name | sha256sum | trunc 6) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{/* Name of a component: (list $ "gateway") */}}
{{- define "barbossa.name" -}}
{{- printf "%s-%s" (include "barbossa.prefix" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* Labels that never change: (list $ "gateway") */}}
{{- define "barbossa.selector" -}}
app.kubernetes.io/name: {{ (index . 0).Chart.Name }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* All labels: (list $ "gateway") */}}
{{- define "barbossa.labels" -}}
{{- $root := index . 0 -}}
{{ include "barbossa.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: barbossa
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Name, namespace and labels of an object: (list $ "gateway" SUFFIX) */}}
{{- define "barbossa.metadata" -}}
name: {{ include "barbossa.name" . }}{{ with index . 2 }}-{{ . }}{{ end }}
namespace: {{ (index . 0).Release.Namespace | quote }}
labels:
  {{- include "barbossa.labels" . | nindent 2 }}
{{- end -}}

{{- define "barbossa.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{/* Address of a collector's service: (list $ "gateway" TLS) */}}
{{- define "barbossa.url" -}}
{{ ternary "https" "http" (index . 2) }}://{{ include "barbossa.name" . }}.{{ (index . 0).Release.Namespace }}.svc:4318
{{- end -}}

{{/* A quantity as text: a number of a million and more is no 1e+06. */}}
{{- define "barbossa.quantity" -}}
{{- if kindIs "float64" . }}{{ ternary (printf "%.0f" .) (toString .) (eq . (floor .)) }}{{ else }}{{ toString . }}{{ end -}}
{{- end -}}

{{/* Bytes of a quantity as 768Mi, 2Gi, 500M or a number, with the hundredths of one. */}}
{{- define "barbossa.bytesExactly" -}}
{{- $text := include "barbossa.quantity" . -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexReplaceAll "^[0-9.]+" $text "" -}}
{{- include "barbossa.quantity" (round (mulf (float64 (trimSuffix $unit $text)) (get $units $unit)) 2) -}}
{{- end -}}

{{/* Whole bytes of it. */}}
{{- define "barbossa.bytes" -}}
{{- include "barbossa.bytesExactly" . | float64 | int64 -}}
{{- end -}}

{{/* Thousandths of a CPU. */}}
{{- define "barbossa.millicpus" -}}
{{- $text := include "barbossa.quantity" . -}}
{{- if hasSuffix "m" $text }}{{ trimSuffix "m" $text | float64 | int64 }}{{ else }}{{ mulf (float64 $text) 1000 | int64 }}{{ end -}}
{{- end -}}

{{/* Port of Elasticsearch that the network policies open. */}}
{{- define "barbossa.elasticsearchPort" -}}
{{- $url := urlParse .Values.elasticsearch.url -}}
{{- $own := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- .Values.networkPolicy.elasticsearchPort | default $own | default (ternary 443 80 (eq $url.scheme "https")) | int -}}
{{- end -}}
