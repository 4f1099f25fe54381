{{- /* dict: root, spark: the pod is a driver that asks for executors itself */ -}}
{{- define "gridata.jobEnvironment" -}}
env:
  - {name: GRIDATA_JOB_IMAGE, value: {{ include "gridata.image" (dict "root" .root "image" .root.Values.images.jobs) | quote }}}
  {{- if .spark }}
  - {name: GRIDATA_SPARK_MASTER, value: "k8s://https://kubernetes.default.svc"}
  - {name: SPARK_CONF_DIR, value: /etc/spark}
  {{- end }}
envFrom:
  - configMapRef: {name: gridata-settings}
  - secretRef: {name: {{ .root.Values.credentialsSecret }}}
{{- end }}
{{- /* dict: root, spark: the pod is a driver that asks for executors itself */ -}}
{{- define "gridata.jobPod" -}}
{{- $root := .root }}
apiVersion: v1
kind: Pod
metadata:
  namespace: {{ $root.Values.jobs.namespacePrefix }}{domain}
  labels: {app.kubernetes.io/name: gridata-job, app.kubernetes.io/part-of: gridata}
spec:
  restartPolicy: Never  # Airflow tries again
  serviceAccountName: {{ if .spark }}gridata-driver{{ else }}gridata-job{{ end }}
  automountServiceAccountToken: {{ .spark }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: 30
  securityContext: {{- include "gridata.podSecurity" $root | nindent 4 }}
  {{- include "gridata.pullSecrets" $root | nindent 2 }}
  containers:
    - name: job
      image: {{ include "gridata.image" (dict "root" $root "image" $root.Values.images.jobs) }}
      imagePullPolicy: {{ $root.Values.imagePullPolicy }}
      {{- include "gridata.jobEnvironment" . | nindent 6 }}
      securityContext: {{- include "gridata.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- if .spark }}
        - {name: spark, mountPath: /etc/spark, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    {{- if .spark }}
    - name: spark
      configMap: {name: gridata-spark}
    {{- end }}
{{- end }}
{{- /* dict: root, namespace */ -}}
{{- define "gridata.sparkDefaults" -}}
{{- $root := .root }}
spark.kubernetes.namespace {{ .namespace }}
spark.kubernetes.container.image {{ include "gridata.image" (dict "root" $root "image" $root.Values.images.jobs) }}
spark.kubernetes.container.image.pullPolicy {{ $root.Values.imagePullPolicy }}
spark.kubernetes.authenticate.executor.serviceAccountName gridata-job
spark.kubernetes.executor.podTemplateFile /etc/spark/executor.yaml
spark.kubernetes.executor.podTemplateContainerName executor
spark.dynamicAllocation.enabled true
spark.dynamicAllocation.shuffleTracking.enabled true
spark.dynamicAllocation.minExecutors 1
spark.dynamicAllocation.initialExecutors 1
spark.dynamicAllocation.maxExecutors 2
# Beside the heap: Python's workers, each with DuckDB in it.
spark.kubernetes.memoryOverheadFactor 0.4
spark.sql.shuffle.partitions 32
# A driver ends where the API server gives it no answer in time: ten seconds are too short for a busy one.
spark.kubernetes.driver.connectionTimeout 60000
spark.kubernetes.driver.requestTimeout 60000
# An executor that is asked to go hands over its blocks first.
spark.decommission.enabled true
spark.storage.decommission.enabled true
spark.storage.decommission.shuffleBlocks.enabled true
spark.storage.decommission.rddBlocks.enabled true
spark.kubernetes.decommission.script /opt/gridata/bin/decommission.sh
{{- range $name, $value := $root.Values.jobs.spark.conf }}
{{ $name }} {{ $value }}
{{- end }}
{{- end }}
{{- define "gridata.executorPod" -}}
apiVersion: v1
kind: Pod
metadata:
  labels: {app.kubernetes.io/name: gridata-job, app.kubernetes.io/part-of: gridata}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- include "gridata.podSecurity" . | nindent 4 }}
  {{- include "gridata.pullSecrets" . | nindent 2 }}
  containers:
    - name: executor
      {{- include "gridata.jobEnvironment" (dict "root" . "spark" false) | nindent 6 }}
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
    # A driver ends where the API server gives it no answer in time: ten seconds are too short for a busy one.
    spark.kubernetes.driver.connectionTimeout: "60000"
    spark.kubernetes.driver.requestTimeout: "60000"
    # An executor that is asked to go hands over its blocks first.
    spark.decommission.enabled: "true"
    spark.storage.decommission.enabled: "true"
    spark.storage.decommission.shuffleBlocks.enabled: "true"
    spark.storage.decommission.rddBlocks.enabled: "true"
    spark.kubernetes.decommission.script: /opt/gridata/bin/decommission.sh
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
    {{- include "gridata.jobEnvironment" (dict "root" . "spark" false) | nindent 4 }}
    podSecurityContext: {{- include "gridata.podSecurity" . | nindent 6 }}
    securityContext: {{- include "gridata.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
  executor:
    cores: 1
    memory: 1g
    instances: 1
    serviceAccount: gridata-job
    deleteOnTermination: true
    {{- include "gridata.jobEnvironment" (dict "root" . "spark" false) | nindent 4 }}
    podSecurityContext: {{- include "gridata.podSecurity" . | nindent 6 }}
    securityContext: {{- include "gridata.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
{{- end }}
{{- /* What `airflow pools import` reads. A job's task is deferred while the job runs, so deferred ones count. */ -}}
{{- define "gridata.pools" -}}
{{- $pools := dict }}
{{- range $domain, $of := .Values.jobs.domains }}
{{- range $engine, $slots := $of.atOnce }}
{{- $about := printf "Jobs of %s in %s%s; the chart's jobs.domains.%s.atOnce." $engine $.Values.jobs.namespacePrefix $domain $domain }}
{{- $_ := set $pools (printf "%s-%s" $engine $domain) (dict "slots" $slots "description" $about "include_deferred" true) }}
{{- end }}
{{- end }}
{{- toPrettyJson $pools }}
{{- end }}
