{{/* Before all else: the first document of a day makes its index, and the template has to be there. */}}
{{- define "barbossa.setup.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end -}}
