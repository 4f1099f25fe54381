"""Keep tables fast and small without losing what people still read."""

from gridata_jobs.maintain.job import run

__all__ = ["run"]
