{{- /* dict: root, component */ -}}
{{- define "gridata.labels" -}}
app.kubernetes.io/name: gridata
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: gridata
{{- end }}
{{- define "gridata.selector" -}}
app.kubernetes.io/name: gridata
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- /* dict: root, image */ -}}
{{- define "gridata.image" -}}
{{- with .root.Values.registryMirror }}{{ . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag }}{{ end }}
{{- end }}
{{- define "gridata.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}
{{- define "gridata.podSecurity" -}}
fsGroup: 10001
runAsGroup: 10001
runAsNonRoot: true
runAsUser: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "gridata.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end }}
{{- /* Settings of control and jobs alike; nothing secret. */ -}}
{{- define "gridata.settings" -}}
GRIDATA_STORE: {{ .Values.settings.store | quote }}
GRIDATA_WAREHOUSE: {{ .Values.settings.warehouse | quote }}
# A job's disk ends with its pod: the ledger keeps what catalogs miss.
GRIDATA_METADATA_BY: sweep
{{- with .Values.settings.s3Endpoint }}
GRIDATA_S3_ENDPOINT: {{ . | quote }}
{{- end }}
{{- with .Values.settings.datahubUrl }}
GRIDATA_DATAHUB_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.pushgatewayUrl }}
GRIDATA_PUSHGATEWAY_URL: {{ . | quote }}
{{- end }}
{{- if .Values.sparkHistory.enabled }}
# Event logs of Spark, whoever makes its pods: the driver's own process writes and sends them.
GRIDATA_SPARK_EVENTS: {{ .Values.sparkHistory.events | quote }}
GRIDATA_SPARK_EVENTS_DAYS: {{ .Values.sparkHistory.keptDays | quote }}
{{- with .Values.sparkHistory.url }}
GRIDATA_SPARK_HISTORY_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
