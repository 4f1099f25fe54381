{{- /* A route per severity; a receiver has what its severity deserves and the values name. */ -}}
{{- define "monitoring.alertmanagerConfig" -}}
{{- $of := .Values.alertmanager }}
{{- if $of.email.to }}
global:
  smtp_from: {{ $of.email.from | quote }}
  smtp_smarthost: {{ $of.email.smarthost | quote }}
  smtp_require_tls: {{ $of.email.requireTls }}
  {{- if $of.email.username }}
  smtp_auth_username: {{ $of.email.username | quote }}
  smtp_auth_password_file: /etc/alertmanager/secret/{{ $of.email.passwordKey }}
  {{- end }}
{{- end }}
route:
  receiver: warning
  group_by: [alertname, dataset, namespace]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: {{ $of.repeatHours }}h
  routes:
    - matchers: ['alertname="GridataWatchdog"']
      receiver: watchdog
      group_wait: 0s
      group_interval: {{ $of.watchdog.intervalSeconds }}s
      repeat_interval: {{ $of.watchdog.intervalSeconds }}s
    - matchers: ['severity="critical"']
      receiver: critical
inhibit_rules:
  # The ledger's silence explains what it would have told.
  - source_matchers: ['alertname="GridataSweepAbsent"']
    target_matchers: ['alertname="GridataTargetDown"', 'job=~"gridata-sweep|.+-sweep"']
  # Full says more than filling.
  - source_matchers: ['alertname="GridataStoreFull"']
    target_matchers: ['alertname="GridataStoreFills"']
  - source_matchers: ['alertname="GridataVolumeFull"']
    target_matchers: ['alertname="GridataVolumeFills"']
    equal: [namespace, persistentvolumeclaim]
receivers:
  - name: watchdog
    {{- if or $of.watchdog.url $of.watchdog.urlKey }}
    webhook_configs:
      - send_resolved: false
        {{- if $of.watchdog.urlKey }}
        url_file: /etc/alertmanager/secret/{{ $of.watchdog.urlKey }}
        {{- else }}
        url: {{ $of.watchdog.url | quote }}
        {{- end }}
    {{- end }}
  {{- range $severity := list "critical" "warning" }}
  - name: {{ $severity }}
    {{- include "monitoring.receiver" (dict "of" $of "severity" $severity) | trim | nindent 4 }}
  {{- end }}
{{- end }}
{{- /* dict: of, severity */ -}}
{{- define "monitoring.receiver" -}}
{{- $of := .of }}
{{- if $of.webhook.url }}
webhook_configs:
  - {url: {{ $of.webhook.url | quote }}, send_resolved: true}
{{- end }}
{{- if $of.slack.urlKey }}
slack_configs:
  - api_url_file: /etc/alertmanager/secret/{{ $of.slack.urlKey }}
    channel: {{ $of.slack.channel | quote }}
    send_resolved: true
    title: {{ printf "{{ .Status | toUpper }} %s: {{ .CommonLabels.alertname }}" .severity | quote }}
    text: {{ include "monitoring.text" $of | quote }}
{{- end }}
{{- if and $of.pagerduty.routingKeyKey (eq .severity "critical") }}
pagerduty_configs:
  - routing_key_file: /etc/alertmanager/secret/{{ $of.pagerduty.routingKeyKey }}
    severity: critical
    send_resolved: true
    description: {{ "{{ .CommonLabels.alertname }}: {{ (index .Alerts 0).Annotations.summary }}" | quote }}
{{- end }}
{{- if $of.email.to }}
email_configs:
  - to: {{ $of.email.to | quote }}
    send_resolved: true
    headers: {Subject: {{ printf "{{ .Status | toUpper }} %s: {{ .CommonLabels.alertname }}" .severity | quote }}}
    html: ""
    text: {{ include "monitoring.text" $of | quote }}
{{- end }}
{{- end }}
{{- define "monitoring.text" -}}
{{ "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n" }}
{{- if .runbooksUrl }}{{ .runbooksUrl }}{{ "{{ .Annotations.runbook }}.md\n" }}{{ end }}
{{- "{{ end }}" }}
{{- end }}
