"""Rules of the contract's author: conditions in SQL's words."""

from __future__ import annotations
