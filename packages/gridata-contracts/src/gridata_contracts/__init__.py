"""Data contracts and pipelines: the model, its loading, its names and all that derives from it.

Pure Python. Imports neither Spark nor Airflow, so every part of Gridata may import it.
"""
