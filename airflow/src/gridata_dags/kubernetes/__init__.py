"""Jobs as Kubernetes objects: a pod for DuckDB's lane, a SparkApplication for Spark's."""
