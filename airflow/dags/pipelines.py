"""Every DAG of this Airflow: one per pipeline document, and one per dataset that no document owns."""

from gridata_dags.documents import contracts_dir, load_documents, pipelines_dir
from gridata_dags.factory import build_or_break

for pipeline in load_documents(contracts_dir(), pipelines_dir()):
    globals()[pipeline.name] = build_or_break(pipeline)
