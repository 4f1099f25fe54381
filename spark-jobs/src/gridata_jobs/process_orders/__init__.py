"""Bronze orders to silver orders, silver order items and gold daily sales."""

from gridata_jobs.process_orders.job import run

__all__ = ["run"]
