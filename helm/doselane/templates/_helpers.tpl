{{/* Names and small pieces that templates/component.yaml uses more than once. */}}

{{/* The release's part of every name. */}}
{{- define "doselane.base" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end -}}

{{/* The name of one component's objects; Kubernetes allows 63 characters, and HPA and pods add to it. */}}
{{- define "doselane.name" -}}
{{- printf "%s-%s" (include "doselane.base" .root | trunc 40 | trimSuffix "-") .name -}}
{{- end -}}

{{/* What selects the pods of one component; never changes, because a Deployment's selector cannot. */}}
{{- define "doselane.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "doselane.labels" -}}
{{ include "doselane.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Lays `from` over `into`, in place. Sprig's merges skip false and zero, so an off-switch would be lost in them. */}}
{{- define "doselane.lay" -}}
{{- $into := .into -}}
{{- range $key, $value := .from -}}
{{- if and (kindIs "map" $value) (kindIs "map" (get $into $key)) -}}
{{- include "doselane.lay" (dict "into" (get $into $key) "from" $value) -}}
{{- else -}}
{{- $_ := set $into $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The components that are switched on, each with the defaults under it, as JSON. */}}
{{- define "doselane.components" -}}
{{- $all := dict -}}
{{- range $name, $given := .Values.components -}}
{{- $component := deepCopy $.Values.defaults -}}
{{- include "doselane.lay" (dict "into" $component "from" $given) -}}
{{- if $component.enabled }}{{ $_ := set $all $name $component }}{{ end -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* Refuses what the schema of the values cannot see, because it concerns two values at once. */}}
{{- define "doselane.check" -}}
{{- with .component -}}
{{- if le (int .terminationGraceSeconds) (int (add (int .preStopSeconds) 5)) -}}
{{- fail (printf "components.%s: terminationGraceSeconds must be at least six more than preStopSeconds, which is part of it." $.name) -}}
{{- end -}}
{{- if and $.root.Values.ingress.enabled .ingress.enabled (not (and .ingress.paths (hasKey .ports .ingress.port))) -}}
{{- fail (printf "components.%s: ingress needs paths, and a port that the component has." $.name) -}}
{{- end -}}
{{- if and .ports.http (not .httpSetting) -}}
{{- fail (printf "components.%s: httpSetting must name the setting that takes the http port." $.name) -}}
{{- end -}}
{{- if and .autoscaling.enabled (lt (int .autoscaling.maxReplicas) (int .autoscaling.minReplicas)) -}}
{{- fail (printf "components.%s: autoscaling.maxReplicas must not be less than minReplicas." $.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The image: by digest where one is given, for that cannot change under its name. */}}
{{- define "doselane.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* A setting as the text of an environment variable; Helm reads whole numbers as floats, and prints a million as 1e+06. */}}
{{- define "doselane.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* The account a component runs as: its own, or one that exists. */}}
{{- define "doselane.serviceAccount" -}}
{{- .component.serviceAccount.name | default (ternary (include "doselane.name" .) "default" .component.serviceAccount.create) -}}
{{- end -}}

{{/* Environment of one component: what all share, the fields of its settings.py under its prefix, OpenTelemetry's own. */}}
{{- define "doselane.env" -}}
{{- $c := .component -}}
{{- $values := .root.Values -}}
{{- with $c.ports.grpc }}
- {name: DOSELANE_LISTEN, value: "0.0.0.0:{{ int . }}"}
{{- end }}
{{- with $c.ports.ops }}
- {name: DOSELANE_OPS_LISTEN, value: "0.0.0.0:{{ int . }}"}
{{- end }}
{{- with $c.ports.http }}
- {name: {{ $c.envPrefix }}_{{ upper $c.httpSetting }}, value: "0.0.0.0:{{ int . }}"}
{{- end }}
- {name: DOSELANE_GRACE, value: "{{ sub (int $c.terminationGraceSeconds) (int $c.preStopSeconds | add 5) }}"}
- {name: DOSELANE_CALLS_PER_SECOND, value: {{ $values.quotas.callsPerSecond | quote }}}
- {name: DOSELANE_CALLS_BURST, value: "{{ int $values.quotas.callsBurst }}"}
{{- with $values.quotas.of }}
- {name: DOSELANE_CALLS_OF, value: {{ . | quote }}}
{{- end }}
- {name: DOSELANE_LOG_LEVEL, value: {{ $values.logLevel }}}
{{- if $c.backing.enabled }}
- name: DOSELANE_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ $c.backing.databaseSecret.name | default $values.database.existingSecret | required "database.existingSecret: name the Secret that holds the PostgreSQL URL." }}
      key: {{ $c.backing.databaseSecret.key | default $values.database.key }}
- {name: DOSELANE_DATABASE_CONNECTIONS, value: "{{ int $values.database.connections }}"}
{{- if $values.kafka.bootstrap }}
{{ include "doselane.kafkaEnv" (dict "kafka" $values.kafka "user" $c.backing.kafkaUser) }}
{{- end }}
{{- if $values.virtualClock }}
- {name: DOSELANE_VIRTUAL_CLOCK, value: "true"}
{{- end }}
{{- end }}
- {name: DOSELANE_JWKS, value: {{ required "identity.jwksUrl: say where the issuer's keys are." $values.identity.jwksUrl | quote }}}
- {name: DOSELANE_TOKEN_ISSUER, value: {{ required "identity.issuer: say who signs the tokens." $values.identity.issuer | quote }}}
- {name: DOSELANE_TOKEN_AUDIENCE, value: {{ $values.identity.audience | quote }}}
- {name: DOSELANE_TOKEN_SCOPE_CLAIM, value: {{ $values.identity.scopeClaim | quote }}}
- {name: DOSELANE_TOKEN_NAME_CLAIM, value: {{ $values.identity.nameClaim | quote }}}
- {name: DOSELANE_STEP_UP_ACR_VALUES, value: {{ $values.identity.stepUp.acrValues | quote }}}
- {name: DOSELANE_STEP_UP_ACR_VALUES_IN_SESSION, value: {{ $values.identity.stepUp.acrValuesInSession | quote }}}
- {name: DOSELANE_STEP_UP_MAX_AGE, value: {{ $values.identity.stepUp.maxAgeSeconds | quote }}}
- {name: DOSELANE_STEP_UP_IDLE_MAX, value: {{ $values.identity.stepUp.idleSecondsMax | quote }}}
{{- with $values.identity.agentConsents.existingSecret }}
- name: DOSELANE_AGENT_CONSENT_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $values.identity.agentConsents.key }}}}
{{- end }}
{{- range $setting, $callee := $c.calls }}
- {name: {{ $c.envPrefix }}_{{ upper $setting }}, value: {{ include "doselane.addresses" (dict "scope" $ "callee" $callee) | quote }}}
{{- end }}
{{- range $setting, $from := $c.secrets }}
- name: {{ $c.envPrefix }}_{{ upper $setting }}
  valueFrom: {secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}}}
{{- end }}
{{- range $setting, $value := $c.settings }}
- {name: {{ $c.envPrefix }}_{{ upper $setting }}, value: {{ include "doselane.text" $value | quote }}}
{{- end }}
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: OTEL_RESOURCE_ATTRIBUTES, value: "k8s.namespace.name={{ .root.Release.Namespace }},service.version={{ .root.Chart.AppVersion }},service.instance.id=$(POD_NAME)"}
{{- with $values.telemetry.otlpEndpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ $values.telemetry.sampleRatio | quote }}}
{{- end }}
{{- with $c.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* How a component reaches Kafka; `user` is its own, where it has one. */}}
{{- define "doselane.kafkaEnv" -}}
{{- $kafka := .kafka -}}
- {name: DOSELANE_KAFKA_BOOTSTRAP, value: {{ $kafka.bootstrap | quote }}}
- {name: DOSELANE_KAFKA_SECURITY_PROTOCOL, value: {{ $kafka.securityProtocol }}}
{{- with $kafka.sasl }}
{{- if .mechanism }}
- {name: DOSELANE_KAFKA_SASL_MECHANISM, value: {{ .mechanism }}}
- {name: DOSELANE_KAFKA_SASL_USERNAME, value: {{ $.user.username | default .username | required "kafka.sasl.username: say who the services are to the brokers." | quote }}}
- name: DOSELANE_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $.user.existingSecret | default .existingSecret | required "kafka.sasl.existingSecret: name the Secret that holds the password." }}
      key: {{ $.user.key | default .key }}
{{- end }}
{{- with .tokenUrl }}
- {name: DOSELANE_KAFKA_SASL_TOKEN_URL, value: {{ . | quote }}}
{{- end }}
{{- with .scope }}
- {name: DOSELANE_KAFKA_SASL_SCOPE, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- with $kafka.tls }}
{{- if .existingSecret }}
{{- range $setting, $file := dict "CA" .authorities "CERTIFICATE" .certificate "KEY" .privateKey }}
{{- if $file }}
- {name: DOSELANE_KAFKA_TLS_{{ $setting }}_FILE, value: /etc/doselane/kafka/{{ $file }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Refuses what does not go together in `kafka`; the services would say so too, but only in the cluster. */}}
{{- define "doselane.checkKafka" -}}
{{- with .Values.kafka -}}
{{- $sasl := hasPrefix "SASL_" .securityProtocol -}}
{{- if ne $sasl (ne .sasl.mechanism "") -}}
{{- fail (printf "kafka: sasl.mechanism %q does not go with securityProtocol %s." .sasl.mechanism .securityProtocol) -}}
{{- end -}}
{{- if ne (eq .sasl.mechanism "OAUTHBEARER") (ne .sasl.tokenUrl "") -}}
{{- fail "kafka: sasl.tokenUrl belongs to the mechanism OAUTHBEARER, and to no other." -}}
{{- end -}}
{{- if and .sasl.scope (not .sasl.tokenUrl) -}}
{{- fail "kafka: sasl.scope belongs to the mechanism OAUTHBEARER, and to no other." -}}
{{- end -}}
{{- if and .tls.existingSecret (not (hasSuffix "SSL" .securityProtocol)) -}}
{{- fail (printf "kafka: tls.existingSecret does not go with securityProtocol %s." .securityProtocol) -}}
{{- end -}}
{{- if ne (eq .tls.certificate "") (eq .tls.privateKey "") -}}
{{- fail "kafka: tls.certificate and tls.privateKey belong together." -}}
{{- end -}}
{{- if and (not .bootstrap) (ne .securityProtocol "PLAINTEXT") -}}
{{- fail "kafka: without bootstrap there are no brokers to be secured." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The address of a component that another calls, or `package=address` for each of several, separated by commas. */}}
{{- define "doselane.addresses" -}}
{{- if kindIs "map" .callee -}}
{{- $each := list -}}
{{- range $package, $name := .callee -}}
{{- $each = append $each (printf "%s=%s" $package (include "doselane.addresses" (dict "scope" $.scope "callee" $name))) -}}
{{- end -}}
{{- join "," $each -}}
{{- else -}}
{{- $other := get .scope.all .callee | required (printf "component %s calls %s, which is switched off or unknown." .scope.name .callee) -}}
{{- include "doselane.name" (dict "root" .scope.root "name" .callee) }}:{{ int $other.ports.grpc -}}
{{- end -}}
{{- end -}}

{{/* The names of the components that one calls, as JSON. */}}
{{- define "doselane.callees" -}}
{{- $names := list -}}
{{- range $callee := values (. | default dict) -}}
{{- if kindIs "map" $callee }}{{ $names = concat $names (values $callee) }}{{ else }}{{ $names = append $names $callee }}{{ end -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* One egress rule of a network policy: some peers, or any, on these ports. */}}
{{- define "doselane.egress" -}}
- ports:
    {{- range .ports }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
  {{- with .to }}
  to: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* How the kubelet asks a component: gRPC health for gRPC, a path for those without. */}}
{{- define "doselane.probe" -}}
{{- if .component.ports.grpc -}}
grpc: {port: {{ int .component.ports.grpc }}}
{{- else -}}
httpGet: {path: {{ .path }}, port: http}
{{- end -}}
{{- end -}}

{{/* Who may reach a component: the components that call it, whom the ingress lets in, and the scraper. */}}
{{- define "doselane.ingressRules" -}}
{{- $c := .component -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $callers := list -}}
{{- range $caller, $other := .all }}{{ if has $.name (include "doselane.callees" $other.calls | fromJsonArray) }}{{ $callers = append $callers $caller }}{{ end }}{{ end -}}
{{- if or $callers .opened $policy.scrapeFrom -}}
{{- if $callers }}
- ports: [{port: grpc, protocol: TCP}]
  from:
    {{- range $callers }}
    - podSelector:
        matchLabels: {{- include "doselane.selector" (dict "root" $.root "name" .) | nindent 10 }}
    {{- end }}
{{- end }}
{{- if .opened }}
- ports: [{port: {{ $c.ingress.port }}, protocol: TCP}]
  {{- with $policy.ingressFrom }}
  from: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with $policy.scrapeFrom }}
- ports: [{port: ops, protocol: TCP}]
  from: {{ toYaml . | nindent 4 }}
{{- end }}
{{- else -}}
[]
{{- end -}}
{{- end -}}

{{/* Where a component may go: names, the components it calls, and the parts it stands on. */}}
{{- define "doselane.egressRules" -}}
{{- $c := .component -}}
{{- $values := .root.Values -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- range include "doselane.callees" $c.calls | fromJsonArray }}
- ports: [{port: {{ int (get $.all .).ports.grpc }}, protocol: TCP}]
  to:
    - podSelector:
        matchLabels: {{- include "doselane.selector" (dict "root" $.root "name" .) | nindent 10 }}
{{- end }}
{{- if $c.backing.enabled }}
{{ include "doselane.egress" (dict "ports" (list $values.database.port) "to" $values.networkPolicy.databaseTo) }}
{{- if $values.kafka.bootstrap }}
{{ include "doselane.egress" (dict "ports" $values.kafka.ports "to" $values.networkPolicy.kafkaTo) }}
{{- end }}
{{- end }}
{{ include "doselane.egress" (dict "ports" (list $values.identity.port) "to" $values.networkPolicy.identityTo) }}
{{- if $c.sendsToPartners }}
- to: # What anybody on the internet can reach, and nothing of ours: a wall beside the service's own.
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/4, 240.0.0.0/4]
    - ipBlock: {cidr: "::/0", except: ["::/8", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"]}
{{- with $values.networkPolicy.partnersPorts }}
  ports:
  {{- range . }}
    - {port: {{ int . }}, protocol: TCP}
  {{- end }}
{{- end }}
{{- end }}
{{- if $values.telemetry.otlpEndpoint }}
{{ include "doselane.egress" (dict "ports" (list $values.telemetry.port) "to" $values.networkPolicy.telemetryTo) }}
{{- end }}
{{- end -}}
