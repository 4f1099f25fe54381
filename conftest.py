"""Hypothesis for every part: no deadline per example, since a busy machine is no fault of what is tested."""

from hypothesis import settings

settings.register_profile("gridata", deadline=None)
settings.load_profile("gridata")
