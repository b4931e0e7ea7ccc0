{{/* What contradicts itself in the values, all of it in one message. values.schema.json has looked at each alone. */}}
{{- define "barbossa.checks" -}}
{{- include "barbossa.checks.forms" . -}}
{{- $wrong := concat (include "barbossa.checks.elasticsearch" . | fromJsonArray) (include "barbossa.checks.gateway" . | fromJsonArray) (include "barbossa.checks.tls" . | fromJsonArray) (include "barbossa.checks.others" . | fromJsonArray) -}}
{{- if $wrong -}}
{{- fail (printf "\n- %s" (join "\n- " $wrong)) -}}
{{- end -}}
{{- end -}}

{{/* How values are written, before anything is computed of them. An address is not repeated: there may be a password in it. */}}
{{- define "barbossa.checks.forms" -}}
{{- $wrong := list -}}
{{- if and .Values.elasticsearch.url (not (regexMatch "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$" .Values.elasticsearch.url)) -}}
{{- $wrong = append $wrong "elasticsearch.url is no address as https://host:9200: http or https, host and port, no user, no password, no path" -}}
{{- end -}}
{{- range $name, $image := dict "image.tag" (printf "x:%s" .Values.image.tag) "setup.image" .Values.setup.image -}}
{{- if hasSuffix ":latest" $image -}}
{{- $wrong = append $wrong (printf "%s is latest, which is another image tomorrow: name a version" $name) -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$" .Values.setup.image) -}}
{{- $wrong = append $wrong "setup.image has no tag or digest, so that it would be another image tomorrow: name a version" -}}
{{- end -}}
{{- $quantities := dict "gateway.queue.size" .Values.gateway.queue.size "gateway.autoscaling.averageValue" .Values.gateway.autoscaling.averageValue -}}
{{- range $name := list "gateway" "agent" "podLogs" "setup" -}}
{{- range $kind := list "requests" "limits" -}}
{{- $given := dig $kind (dict) (index $.Values $name).resources | default dict -}}
{{- $_ := set $quantities (printf "%s.resources.%s.memory" $name $kind) ($given.memory | default "1Gi") -}}
{{- if not (regexMatch "^[0-9]+([.][0-9]+)?m?$" (include "barbossa.quantity" ($given.cpu | default "1"))) -}}
{{- $wrong = append $wrong (printf "%s.resources.%s.cpu is %q, which is no quantity as 200m or 0.5" $name $kind (toString $given.cpu)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $quantity := $quantities -}}
{{- if not (regexMatch "^[0-9]+([.][0-9]+)?(k|M|G|T|Ki|Mi|Gi|Ti)?$" (include "barbossa.quantity" $quantity)) -}}
{{- $wrong = append $wrong (printf "%s is %q, which is no quantity as 768Mi or 2Gi" $name (include "barbossa.quantity" $quantity)) -}}
{{- end -}}
{{- end -}}
{{- range $name, $duration := dict "gateway.maxAge" .Values.gateway.maxAge "monitoring.interval" .Values.monitoring.interval -}}
{{- if not (regexMatch "^([0-9]+(ms|s|m|h))+$" $duration) -}}
{{- $wrong = append $wrong (printf "%s is %q, which is no duration as 15s or 720h" $name $duration) -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$" .Values.monitoring.interval) -}}
{{- $wrong = append $wrong (printf "monitoring.interval is %q: each unit once, hours first" .Values.monitoring.interval) -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n- %s" (join "\n- " $wrong)) -}}
{{- end -}}
{{- end -}}

{{- define "barbossa.checks.elasticsearch" -}}
{{- $wrong := list -}}
{{- with .Values.elasticsearch -}}
{{- if not .url -}}
{{- $wrong = append $wrong "elasticsearch.url is not set: the gateway has nowhere to write to. Example: https://logs-es-http.elastic.svc:9200" -}}
{{- end -}}
{{- $port := include "barbossa.elasticsearchPort" $ | int -}}
{{- if and .url (or (lt $port 1) (gt $port 65535)) -}}
{{- $wrong = append $wrong (printf "elasticsearch.url names the port %d: ports are 1 to 65535" $port) -}}
{{- end -}}
{{- if and .ca.secretName (hasPrefix "http:" .url) -}}
{{- $wrong = append $wrong "elasticsearch.ca.secretName is set, but elasticsearch.url is http://, where no certificate is looked at" -}}
{{- end -}}
{{- if not .writer.passwordSecret -}}
{{- $wrong = append $wrong "elasticsearch.writer.passwordSecret is not set: the secret with the password of elasticsearch.writer.user" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.setup.enabled (not .Values.setup.passwordSecret) -}}
{{- $wrong = append $wrong "setup.enabled is true, but setup.passwordSecret is not set: the secret with the password of setup.user; or set setup.enabled to false and run deploy/elasticsearch/setup.js yourself" -}}
{{- end -}}
{{- with .Values.setup -}}
{{- $phases := list (list "setup.warmDays" .warmDays) (list "setup.coldDays" .coldDays) (list "setup.retentionDays" .retentionDays) -}}
{{- $before := list "" 0 -}}
{{- range $phases -}}
{{- $days := last . | int -}}
{{- if and $days (ge (last $before | int) $days) -}}
{{- $wrong = append $wrong (printf "%s is %d, not below %s, which is %d: an index would move after its next step" (first $before) (last $before | int) (first .) $days) -}}
{{- end -}}
{{- if $days -}}{{- $before = . -}}{{- end -}}
{{- end -}}
{{- if and .withoutIlm (or (int .warmDays) (int .coldDays)) -}}
{{- $wrong = append $wrong "setup.warmDays or setup.coldDays is set, but setup.withoutIlm is true: nobody would move indices" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "barbossa.checks.gateway" -}}
{{- $wrong := list -}}
{{- with .Values.gateway -}}
{{- if and .queue.existingClaim (or .autoscaling.enabled (gt (int .replicas) 1)) -}}
{{- $wrong = append $wrong "gateway.queue.existingClaim is one volume, but there may be several gateways: each needs a queue of its own. Set gateway.replicas to 1 and gateway.autoscaling.enabled to false, or leave existingClaim empty" -}}
{{- end -}}
{{- if and (not .queue.existingClaim) (gt (mulf .queue.bytes 1.5 | int64) (include "barbossa.bytes" .queue.size | int64)) -}}
{{- $wrong = append $wrong (printf "gateway.queue.size is %s, less than one and a half times gateway.queue.bytes (%d): the volume would be full before the queue is" (include "barbossa.quantity" .queue.size) (int64 .queue.bytes)) -}}
{{- end -}}
{{- if ne (include "barbossa.bytes" .queue.size) (include "barbossa.bytesExactly" .queue.size) -}}
{{- $wrong = append $wrong (printf "gateway.queue.size is %s, which is no whole number of bytes" (include "barbossa.quantity" .queue.size)) -}}
{{- end -}}
{{- with .autoscaling -}}
{{- if and .enabled (not .metric) -}}
{{- $wrong = append $wrong "gateway.autoscaling.enabled is true, but gateway.autoscaling.metric is not set: the name of the queue's length at the server of custom metrics. Example: otelcol_exporter_queue_size" -}}
{{- end -}}
{{- if and .enabled (regexMatch "^[0.]+[A-Za-z]*$" (include "barbossa.quantity" .averageValue)) -}}
{{- $wrong = append $wrong "gateway.autoscaling.averageValue is 0: there would be gateways without end" -}}
{{- end -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $wrong = append $wrong (printf "gateway.autoscaling.minReplicas is %d, more than maxReplicas, which is %d" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "gateway" "agent" "podLogs" "setup" -}}
{{- $limits := dig "limits" (dict) (index $.Values $name).resources | default dict -}}
{{- $requests := dig "requests" (dict) (index $.Values $name).resources | default dict -}}
{{- range $of, $in := dict "memory" "barbossa.bytes" "cpu" "barbossa.millicpus" -}}
{{- $limit := get $limits $of -}}
{{- $request := get $requests $of -}}
{{- if and $limit $request (gt (include $in $request | int64) (include $in $limit | int64)) -}}
{{- $wrong = append $wrong (printf "%s.resources.requests.%s is %s, more than limits.%s, which is %s: no container may ask for more than its limit" $name $of (include "barbossa.quantity" $request) $of (include "barbossa.quantity" $limit)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "gateway" "agent" "podLogs" -}}
{{- with index $.Values $name -}}
{{- $limit := dig "limits" "memory" "" .resources -}}
{{- if and $limit (ge (mul (int64 .memoryMib) 1048576 | int64) (include "barbossa.bytes" $limit | int64)) -}}
{{- $wrong = append $wrong (printf "%s.memoryMib is %d MiB, not below %s.resources.limits.memory (%s): it would be killed before it refuses" $name (int64 .memoryMib) $name (include "barbossa.quantity" $limit)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "barbossa.checks.tls" -}}
{{- $wrong := list -}}
{{- range $name := list "gateway" "agent" -}}
{{- with (index $.Values $name).tls -}}
{{- if and .enabled (not .secretName) -}}
{{- $wrong = append $wrong (printf "%s.tls.enabled is true, but %s.tls.secretName is not set: the secret with certificate and key" $name $name) -}}
{{- end -}}
{{- if and .secretName (not .enabled) -}}
{{- $wrong = append $wrong (printf "%s.tls.secretName is set, but %s.tls.enabled is false: records would go in the clear" $name $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $agents := or .Values.agent.enabled .Values.podLogs.enabled -}}
{{- with .Values.gateway.tls -}}
{{- if and (not .enabled) (or .clientCaSecret .clientSecret .caSecret) -}}
{{- $wrong = append $wrong "gateway.tls.caSecret, clientCaSecret or clientSecret is set, but gateway.tls.enabled is false: no certificate is shown or asked for" -}}
{{- end -}}
{{- if and .enabled .clientCaSecret $agents (not .clientSecret) -}}
{{- $wrong = append $wrong "gateway.tls.clientCaSecret asks for certificates, but gateway.tls.clientSecret is not set: the agents have none to show" -}}
{{- end -}}
{{- if and .clientSecret (not .clientCaSecret) -}}
{{- $wrong = append $wrong "gateway.tls.clientSecret is set, but gateway.tls.clientCaSecret is not: nobody asks the agents for a certificate" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "barbossa.checks.others" -}}
{{- $wrong := list -}}
{{- if and .Values.podLogs.enabled (not .Values.podLogs.pods) -}}
{{- $wrong = append $wrong "podLogs.enabled is true, but podLogs.pods names no pods: nothing would be read" -}}
{{- end -}}
{{- if and .Values.podLogs.pods (not .Values.podLogs.enabled) -}}
{{- $wrong = append $wrong "podLogs.pods names pods, but podLogs.enabled is false: nothing would be read" -}}
{{- end -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled (not .applications) -}}
{{- $wrong = append $wrong "networkPolicy.enabled is true, but networkPolicy.applications is empty: nobody could send log records" -}}
{{- end -}}
{{- if and .enabled $.Values.monitoring.enabled (not .prometheus) -}}
{{- $wrong = append $wrong "monitoring.enabled is true, but networkPolicy.prometheus is empty: Prometheus could not reach the collectors" -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "^[a-z][a-z0-9-]*$" (include "barbossa.prefix" .)) -}}
{{- $wrong = append $wrong (printf "%q cannot begin the name of a service, which has letters, digits and hyphens and begins with a letter: set fullnameOverride" (include "barbossa.prefix" .)) -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.monitoring.applications -}}
{{- if has .name $names -}}
{{- $wrong = append $wrong (printf "monitoring.applications has two that are called %q" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if and $names (not .Values.monitoring.enabled) -}}
{{- $wrong = append $wrong "monitoring.applications names applications, but monitoring.enabled is false: nobody would ask them" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
