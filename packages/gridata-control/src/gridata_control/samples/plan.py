"""How much sample data is made, and which days it covers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from gridata_contracts.errors import UsageError

FIRST_ORDER_UTC = datetime(2023, 1, 1, tzinfo=UTC)
"""The year of orders starts here."""

EXPORT_UTC = datetime(2024, 1, 1, tzinfo=UTC)
"""The first export: orders are written as they were known at this instant."""

UPDATE_UTC = datetime(2024, 1, 8, tzinfo=UTC)
"""The second export, one week later: orders that moved since come again, and transforms run as of this instant."""

FIRST_CLICK_UTC = datetime(2023, 10, 1, tzinfo=UTC)
"""Clicks are kept for the last quarter of the year only, as most shops do."""

SMALLEST = 100
"""With fewer records of a dataset some files of the story (a late one, an overwritten one) would have none."""


@dataclass(frozen=True)
class Sizes:
    """Records per dataset before duplicates and updates are added."""

    orders: int = 50_000
    customers: int = 10_000
    products: int = 1_000
    clicks: int = 500_000

    def __post_init__(self) -> None:
        limits = {"orders": 999_999_999, "customers": 999_999, "products": 49_999, "clicks": 100_000_000}
        for name, largest in limits.items():
            got = getattr(self, name)
            if not SMALLEST <= got <= largest:
                raise UsageError(f"--{name}: got {got}, allowed {SMALLEST} to {largest}. Ask for another number.")


@dataclass(frozen=True)
class Plan:
    """Everything the sample depends on: the same plan gives the same bytes."""

    seed: int = 20240101
    sizes: Sizes = field(default_factory=Sizes)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise UsageError(f"--seed: got {self.seed}, allowed 0 or more. Ask for another number.")

    def randomness(self, subject: str) -> np.random.Generator:
        """Random numbers of one subject, so that more clicks do not change an order."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])


def epoch_s(instant: datetime) -> int:
    """Seconds since 1970, the form in which the sample computes."""
    return int(instant.timestamp())
