"""Gridata's jobs: ingest on two lanes, transforms, re-checks, maintenance. `gridata-job --help` lists them."""
