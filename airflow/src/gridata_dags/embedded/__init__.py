"""Airflow without its servers: real DAGs, one process, SQLite under a home directory.

What is real: the DAG files, their parsing and serialization, the metadata database, every scheduling decision inside
a run and every asset decision between runs (Airflow's own scheduler code), retries, XCom, callbacks, asset events.
What is not: runs follow one another instead of side by side, cron schedules start nothing, and deadlines are not
watched; those need a running scheduler (`airflow standalone`).
"""
