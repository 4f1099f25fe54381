{{- define "gridata.jobEnvironment" -}}
env:
  - {name: GRIDATA_JOB_IMAGE, value: {{ include "gridata.image" (dict "root" . "image" .Values.images.jobs) | quote }}}
envFrom:
  - configMapRef: {name: gridata-settings}
  - secretRef: {name: {{ .Values.credentialsSecret }}}
{{- end }}
{{- define "gridata.jobPod" -}}
apiVersion: v1
kind: Pod
metadata:
  namespace: {{ .Values.jobs.namespacePrefix }}{domain}
  labels: {app.kubernetes.io/name: gridata-job, app.kubernetes.io/part-of: gridata}
spec:
  restartPolicy: Never  # Airflow tries again
  serviceAccountName: gridata-job
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 30
  securityContext: {{- include "gridata.podSecurity" . | nindent 4 }}
  {{- include "gridata.pullSecrets" . | nindent 2 }}
  containers:
    - name: job
      image: {{ include "gridata.image" (dict "root" . "image" .Values.images.jobs) }}
      imagePullPolicy: {{ .Values.imagePullPolicy }}
      {{- include "gridata.jobEnvironment" . | nindent 6 }}
      securityContext: {{- include "gridata.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  volumes:
    - name: tmp
      emptyDir: {}
{{- end }}
{{- define "gridata.sparkApplication" -}}
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  namespace: {{ .Values.jobs.namespacePrefix }}{domain}
  labels: {app.kubernetes.io/name: gridata-job, app.kubernetes.io/part-of: gridata}
spec:
  type: Python
  pythonVersion: "3"
  mode: cluster
  sparkVersion: {{ .Values.jobs.spark.version | quote }}
  image: {{ include "gridata.image" (dict "root" . "image" .Values.images.jobs) }}
  imagePullPolicy: {{ .Values.imagePullPolicy }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  mainApplicationFile: local:///opt/gridata/bin/job.py
  restartPolicy: {type: Never}  # Airflow tries again
  timeToLiveSeconds: {{ .Values.jobs.spark.timeToLiveSeconds }}
  dynamicAllocation: {enabled: true, shuffleTrackingEnabled: true, initialExecutors: 1, minExecutors: 1, maxExecutors: 2}
  sparkConf:
    spark.driver.extraClassPath: /opt/gridata/cache/jars/*
    spark.executor.extraClassPath: /opt/gridata/cache/jars/*
    spark.kubernetes.authenticate.driver.serviceAccountName: gridata-driver
    spark.kubernetes.authenticate.executor.serviceAccountName: gridata-job
    # An executor that is asked to go hands over its blocks first.
    spark.decommission.enabled: "true"
    spark.storage.decommission.enabled: "true"
    spark.storage.decommission.shuffleBlocks.enabled: "true"
    spark.storage.decommission.rddBlocks.enabled: "true"
    {{- with .Values.jobs.spark.conf }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
  driver:
    cores: 1
    memory: 1g
    serviceAccount: gridata-driver
    {{- include "gridata.jobEnvironment" . | nindent 4 }}
    podSecurityContext: {{- include "gridata.podSecurity" . | nindent 6 }}
    securityContext: {{- include "gridata.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
  executor:
    cores: 1
    memory: 1g
    instances: 1
    deleteOnTermination: true
    {{- include "gridata.jobEnvironment" . | nindent 4 }}
    podSecurityContext: {{- include "gridata.podSecurity" . | nindent 6 }}
    securityContext: {{- include "gridata.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
{{- end }}
