{{- /* Spec of the init job. The restoring container comes first, and only it sees the backups. */ -}}
{{- define "gridata.initSpec" -}}
backoffLimit: 5
template:
  metadata:
    labels: {{- include "gridata.labels" (dict "root" . "component" "init") | nindent 6 }}
  spec:
    restartPolicy: OnFailure
    automountServiceAccountToken: false
    enableServiceLinks: false
    securityContext: {{- include "gridata.podSecurity" . | nindent 6 }}
    {{- include "gridata.pullSecrets" . | nindent 4 }}
    {{- if .Values.backup.restore }}
    initContainers:
      - name: restore
        args: [backup, restore, {{ .Values.backup.restore | quote }}, --wait, {{ .Values.init.waitSeconds | quote }}]
        {{- include "gridata.backupContainer" . | nindent 8 }}
    {{- end }}
    containers:
      - name: init
        image: {{ include "gridata.image" (dict "root" . "image" .Values.images.control) }}
        imagePullPolicy: {{ .Values.imagePullPolicy }}
        args: [init, --wait, {{ .Values.init.waitSeconds | quote }}]
        envFrom:
          - configMapRef: {name: {{ .Release.Name }}-settings}
          - secretRef: {name: {{ .Values.credentialsSecret }}}
        resources: {{- toYaml .Values.init.resources | nindent 10 }}
        securityContext: {{- include "gridata.containerSecurity" . | nindent 10 }}
        volumeMounts:
          - {name: tmp, mountPath: /tmp}
    {{- if .Values.backup.restore }}
    volumes: {{- include "gridata.backupVolumes" . | nindent 6 }}
    {{- else }}
    volumes:
      - name: tmp
        emptyDir: {}
    {{- end }}
{{- end }}
