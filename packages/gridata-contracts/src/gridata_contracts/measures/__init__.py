"""Numbers about the rows of a batch that one scan gives and batches can add up: states, and what rules make of them."""

from gridata_contracts.measures.measure import Bounds, Measure, Number, bounded
from gridata_contracts.measures.states import STATES, State, StateKey, Values

__all__ = ["STATES", "Bounds", "Measure", "Number", "State", "StateKey", "Values", "bounded"]
