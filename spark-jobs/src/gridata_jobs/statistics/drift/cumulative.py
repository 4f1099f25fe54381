"""What a sample and a quantile sketch share: the share of records up to a value."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Cumulative(Protocol):
    """A distribution of numbers that answers which share of the records is below a value."""

    @property
    def count(self) -> int:
        """Records behind it."""

    @property
    def knots(self) -> Floats:
        """Values at which the shares bend or jump, ascending; between two of them they are linear."""

    def below(self, values: Floats) -> Floats:
        """Share of records < each value, 0 to 1."""

    def up_to(self, values: Floats) -> Floats:
        """Share of records <= each value, 0 to 1."""

    def at(self, shares: Floats) -> Floats:
        """Value below which each share of the records lies: the quantile."""

    def spread_out(self) -> Floats:
        """Values of equal weight that stand for the distribution, ascending."""
