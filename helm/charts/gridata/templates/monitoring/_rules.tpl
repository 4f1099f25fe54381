{{- /* Names of the rule files that hold here: two always, the others with what they watch. A JSON list. */ -}}
{{- define "gridata.ruleFiles" -}}
{{- $files := list "gridata" "platform" }}
{{- $of := dict "airflow" "airflow" "backups" "backups" "certManager" "certificates" "minio" "minio" "sparkOperator" "spark" "vault" "vault" }}
{{- range $component, $file := $of }}
{{- if index $.Values.monitoring.components $component }}
{{- $files = append $files $file }}
{{- end }}
{{- end }}
{{- $files | toJson }}
{{- end }}
{{- define "gridata.monitorLabels" -}}
{{- include "gridata.labels" (dict "root" . "component" "monitoring") }}
{{- with .Values.monitoring.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
