"""Sketches as text, for a column of the metrics table: JSON that says what it is."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from functools import reduce
from typing import Any

from gridata_contracts.errors import PermanentError
from gridata_contracts.sketches.bins import Bins
from gridata_contracts.sketches.categories import Categories
from gridata_contracts.sketches.kinds import SketchKind
from gridata_contracts.sketches.registers import REGISTERS, Registers

Sketch = Bins | Categories | Registers


def kind_of(sketch: Sketch) -> SketchKind:
    """Which one it is."""
    match sketch:
        case Bins():
            return SketchKind.BINS
        case Categories():
            return SketchKind.CATEGORIES
        case Registers():
            return SketchKind.REGISTERS


def text_of_sketch(sketch: Sketch) -> str:
    """JSON with sorted keys."""
    match sketch:
        case Bins(counts, whole):
            plain: dict[str, Any] = {"bins": {str(number): counts[number] for number in counts}, "whole": whole}
        case Categories(counts, others):
            plain = {"categories": dict(counts), "others": others}
        case Registers(ranks, records):
            plain = {"registers": base64.b64encode(zlib.compress(ranks, 9)).decode(), "records": records}
    return json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def sketch_of_text(text: str) -> Sketch:
    """The sketch of a text.

    Raises:
        PermanentError: the text is none, or one of a later version.
    """
    try:
        plain = json.loads(text)
        if "bins" in plain:
            return Bins({int(number): int(count) for number, count in plain["bins"].items()}, bool(plain["whole"]))
        if "categories" in plain:
            return Categories({str(k): int(v) for k, v in plain["categories"].items()}, int(plain["others"]))
        ranks = zlib.decompress(base64.b64decode(plain["registers"], validate=True))
        if len(ranks) != REGISTERS:
            raise ValueError("registers")
        return Registers(ranks, int(plain["records"]))
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise PermanentError(
            f"sketch: got {len(text)} characters that are none, allowed JSON with bins, categories or registers. "
            "It was written by a later version, or changed by hand: remove it from gridata_ops.quality_metrics."
        ) from error


def merged(sketches: Sequence[Sketch]) -> Sketch:
    """Of all of them; they are of one kind, and there is at least one."""
    return reduce(lambda a, b: a.merged(b), sketches)  # type: ignore[arg-type] # one kind, as the caller grouped them
