"""Names for Arrow arrays and types that are known only once a file is open.

pyarrow's stubs ask which Arrow type an array has while the code is checked; code that asks the array itself has no
answer to give, so its arrays and types are Any to the checker.
"""

from __future__ import annotations

from typing import Any, TypeAlias

ArrowArray: TypeAlias = Any
"""A pa.Array of any type."""
ArrowType: TypeAlias = Any
"""A pa.DataType of any kind: its own attributes (unit, value_type, field) depend on it."""
