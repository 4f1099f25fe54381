"""Rules about text that stands for another type: numbers, dates, JSON."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Holds

HOLDS: Mapping[str, Holds] = {}
