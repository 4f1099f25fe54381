{{- define "gridata.historyConf" -}}
spark.history.ui.port 18080
spark.history.ui.title Gridata
spark.ui.proxyBase {{ .Values.sparkHistory.path }}
spark.history.fs.logDirectory file:///var/lib/spark-history/logs
spark.history.fs.update.interval 10s
# The store deletes what is old, and the mirror follows it.
spark.history.fs.cleaner.enabled false
# Applications whose pages are kept in memory; others are read again when asked for.
spark.history.retainedApplications 5
{{- end }}
