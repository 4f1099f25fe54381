"""Values of rows as JSON: exact, and the same for nested ones."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from gridata_contracts.model import JsonValue


def plain(value: object) -> JsonValue:
    """The value as JSON holds it.

    Instants become ISO 8601 in UTC, bytes base64, NaN and infinities text. A decimal with fraction digits becomes text
    with all of them, one without a whole number.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            return str(value) if value.is_nan() or value.as_tuple().exponent != 0 else int(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return str(value)
