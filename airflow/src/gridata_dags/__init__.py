"""When Gridata's pipelines run: Airflow DAGs built from pipeline documents."""
