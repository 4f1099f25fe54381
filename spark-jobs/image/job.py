"""The program of a SparkApplication: `gridata-job` inside the driver that Spark has already started."""

from gridata_jobs.cli import main

main()
