"""Customers, orders and clicks to one picture per customer."""

from gridata_jobs.customer_360.job import run

__all__ = ["run"]
