"""What every rule means, in plain Python: the third reading that both engines are tested against.

Slow and simple on purpose, and written apart: nothing here imports the rules' SQL. It decides about typed records
(values of gridata_contracts.values), one by one, or about all records of a batch.
"""

from gridata_contracts.reference.figures import FIGURES
from gridata_contracts.reference.keys import repeated_rows
from gridata_contracts.reference.marks import MARKS
from gridata_contracts.reference.measures import MEASURES
from gridata_contracts.reference.rows import HOLDS, broken_checks

__all__ = ["FIGURES", "HOLDS", "MARKS", "MEASURES", "broken_checks", "repeated_rows"]
