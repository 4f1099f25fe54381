{{- define "monitoring.prometheusConfig" -}}
global:
  scrape_interval: {{ .Values.prometheus.intervalSeconds }}s
  scrape_timeout: {{ min 10 .Values.prometheus.intervalSeconds }}s
  evaluation_interval: {{ .Values.prometheus.intervalSeconds }}s
storage:
  tsdb:
    retention: {time: {{ .Values.prometheus.retentionDays }}d, size: {{ .Values.prometheus.retentionSize }}}
rule_files: [/etc/prometheus/rules/*.yaml]
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["{{ .Release.Name }}-alertmanager:9093"]
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
  - job_name: alertmanager
    static_configs:
      - targets: ["{{ .Release.Name }}-alertmanager:9093"]
  {{- range $job, $of := .Values.scrapes }}
  - job_name: {{ $job }}
    metrics_path: {{ $of.path | default "/metrics" }}
    scheme: {{ $of.scheme | default "http" }}
    {{- with $of.params }}
    params:
      {{- range $name, $value := . }}
      {{ $name }}: [{{ $value | quote }}]
      {{- end }}
    {{- end }}
    {{- if $of.caSecret }}
    tls_config:
      ca_file: /etc/prometheus/ca/{{ $job }}/ca.crt
      {{- with $of.serverName }}
      server_name: {{ . }}
      {{- end }}
    {{- end }}
    kubernetes_sd_configs:
      - role: pod
        namespaces: {names: [{{ $of.namespace | default $.Release.Namespace }}]}
        selectors:
          - role: pod
            label: {{ include "monitoring.labelSelector" $of.labels | quote }}
    relabel_configs:
      - {action: keep, source_labels: [__meta_kubernetes_pod_container_port_name], regex: {{ $of.port }}}
      # A pod that has ended answers nobody and is no fault.
      - {action: drop, source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
  {{- end }}
  {{- if .Values.kubelet.enabled }}
  - job_name: kubelet
    scheme: https
    # A kubelet's certificate is often its own; the token is shown to addresses that the API server names.
    tls_config: {insecure_skip_verify: true}
    authorization:
      credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    kubernetes_sd_configs:
      - role: node
    relabel_configs:
      - {source_labels: [__meta_kubernetes_node_name], target_label: node}
    metric_relabel_configs:
      - {action: keep, source_labels: [__name__], regex: kubelet_volume_stats_.+}
  {{- end }}
{{- end }}
{{- define "monitoring.labelSelector" -}}
{{- $terms := list }}
{{- range $name, $value := . }}
{{- $terms = append $terms (printf "%s=%s" $name $value) }}
{{- end }}
{{- join "," $terms }}
{{- end }}
