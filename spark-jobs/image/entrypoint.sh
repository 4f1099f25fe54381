#!/bin/sh
# What a container of this image is: a job (any sub-command of gridata-job), or a Spark driver or executor that Spark
# itself put into a pod, or one of the two processes of a history server. pip's PySpark has no entry point of its own for Kubernetes.
set -eu

case "${1:-}" in
driver)
  shift
  # A fixed user id has no name in /etc/passwd of a base we do not know; Hadoop asks for one.
  export HADOOP_USER_NAME="${HADOOP_USER_NAME:-gridata}"
  exec "$SPARK_HOME/bin/spark-submit" \
    --deploy-mode client \
    --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
    --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" \
    "$@"
  ;;
executor)
  export HADOOP_USER_NAME="${HADOOP_USER_NAME:-gridata}"
  # Spark numbers the options of its executors: SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1, …
  env | sed -n 's/^SPARK_JAVA_OPT_[0-9]*=//p' >"/tmp/java-options.$$"
  set --
  while IFS= read -r option; do set -- "$@" "$option"; done <"/tmp/java-options.$$"
  rm "/tmp/java-options.$$"
  exec java "$@" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
    -cp "${SPARK_CLASSPATH:-}${SPARK_CLASSPATH:+:}${SPARK_EXTRA_CLASSPATH:-}${SPARK_EXTRA_CLASSPATH:+:}$SPARK_HOME/jars/*:$GRIDATA_CACHE/jars/*" \
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
    --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
    --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
    --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
  ;;
history-server)
  shift
  export HADOOP_USER_NAME="${HADOOP_USER_NAME:-gridata}"
  exec java -XX:MaxRAMPercentage=70 -cp "$SPARK_HOME/jars/*" org.apache.spark.deploy.history.HistoryServer "$@"
  ;;
spark-events-mirror)
  shift
  exec python -m gridata_jobs.spark_events.mirror "$@"
  ;;
/opt/spark/bin/spark-submit | spark-submit)
  shift
  exec "$SPARK_HOME/bin/spark-submit" "$@"
  ;;
*)
  exec gridata-job "$@"
  ;;
esac
