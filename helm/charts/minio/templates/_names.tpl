{{- define "minio.labels" -}}
app.kubernetes.io/name: minio
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: gridata
{{- end }}
{{- define "minio.selector" -}}
app.kubernetes.io/name: minio
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "minio.image" -}}
{{- with .Values.registryMirror }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}
{{- end }}
{{- define "minio.scheme" -}}
{{- if .Values.tls.secret }}https{{ else }}http{{ end }}
{{- end }}
{{- /* One server names its folder; several name each other, and the first of them decides the order. */ -}}
{{- define "minio.volumes" -}}
{{- if eq (int .Values.replicas) 1 -}}
/data
{{- else -}}
{{ include "minio.scheme" . }}://{{ .Release.Name }}-{0...{{ sub (int .Values.replicas) 1 }}}.{{ .Release.Name }}-peers.{{ .Release.Namespace }}.svc.cluster.local:{{ .Values.service.port }}/data
{{- end -}}
{{- end }}
