"""The keys that a first start gives out, once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from gridata_contracts.errors import PermanentError


@dataclass(frozen=True)
class Keys:
    """Key shares.

    Attributes:
        kind: `unseal`, or `recovery` where a cloud's key or another Vault unseals.
        threshold: how many together unseal, or make a root token.
        encrypted: each for the holder of one PGP key; in clear otherwise, which is for one machine only.
        root_token: while a first run is not over; None afterwards.
    """

    kind: str
    threshold: int
    encrypted: bool
    shares: tuple[str, ...] = field(repr=False)
    root_token: str | None = field(default=None, repr=False)

    def without_root(self) -> Keys:
        """The same after the root token's end."""
        return replace(self, root_token=None)

    def to_json(self) -> str:
        """As a key place keeps it."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Keys:
        """The way back.

        Raises:
            PermanentError: it is something else; what it is, is not shown.
        """
        try:
            values = json.loads(text)
            return cls(**values | {"shares": tuple(values["shares"])})
        except (ValueError, TypeError, KeyError):
            raise PermanentError(
                f"{where}: got something else, allowed keys as `gridata vault bootstrap` writes them. "
                "Put the right ones there, or name another place in GRIDATA_VAULT_KEYS."
            ) from None
