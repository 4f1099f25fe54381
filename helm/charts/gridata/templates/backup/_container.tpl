{{- /* What a container that makes or brings back backups runs with. */ -}}
{{- define "gridata.backupContainer" -}}
image: {{ include "gridata.image" (dict "root" . "image" .Values.images.control) }}
imagePullPolicy: {{ .Values.imagePullPolicy }}
envFrom:
  - configMapRef: {name: {{ .Release.Name }}-settings}
  - secretRef: {name: {{ .Values.credentialsSecret }}}
  {{- with .Values.backup.secret }}
  - secretRef: {name: {{ . }}}
  {{- end }}
resources: {{- toYaml .Values.backup.resources | nindent 2 }}
securityContext: {{- include "gridata.containerSecurity" . | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if .Values.backup.claim }}
  - {name: backup, mountPath: /backup}
  {{- end }}
{{- end }}
{{- define "gridata.backupVolumes" -}}
- name: tmp
  emptyDir: {}
{{- with .Values.backup.claim }}
- name: backup
  persistentVolumeClaim: {claimName: {{ . }}}
{{- end }}
{{- end }}
{{- /* Settings of what knows of backups; nothing secret. */ -}}
{{- define "gridata.backupSettings" -}}
{{- with .Values.backup }}
{{- if .place }}
GRIDATA_BACKUP: {{ .place | quote }}
GRIDATA_BACKUP_MAX_AGE_HOURS: {{ .maxAgeHours | quote }}
{{- end }}
{{- with .s3Endpoint }}
GRIDATA_BACKUP_S3_ENDPOINT: {{ . | quote }}
{{- end }}
{{- with .vault }}
GRIDATA_BACKUP_VAULT: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
