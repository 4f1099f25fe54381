"""Rules of the contract's author: conditions in SQL's words."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Holds

HOLDS: Mapping[str, Holds] = {}
