"""Rules about well-known forms of text, with their checksums where they have one."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Holds

HOLDS: Mapping[str, Holds] = {}
