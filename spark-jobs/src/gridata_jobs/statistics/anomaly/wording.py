"""How numbers stand in a reason."""

from __future__ import annotations


def shown(value: float) -> str:
    """Ten digits: counts up to ten billion stand whole, 0.1 + 0.2 stands as 0.3."""
    return f"{value:.10g}"
