"""Small summaries of a column that merge: those of two batches make that of both. Equal on every engine."""

from gridata_contracts.sketches.bins import Bins, bin_of
from gridata_contracts.sketches.categories import Categories
from gridata_contracts.sketches.kinds import SketchKind, sketch_kind
from gridata_contracts.sketches.registers import Registers
from gridata_contracts.sketches.written import Sketch, merged, sketch_of_text, text_of_sketch

__all__ = [
    "Bins",
    "Categories",
    "Registers",
    "Sketch",
    "SketchKind",
    "bin_of",
    "merged",
    "sketch_kind",
    "sketch_of_text",
    "text_of_sketch",
]
