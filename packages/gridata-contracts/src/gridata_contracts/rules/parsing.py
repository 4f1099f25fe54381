"""Rules about text that stands for another type: numbers, dates, JSON."""

from __future__ import annotations
