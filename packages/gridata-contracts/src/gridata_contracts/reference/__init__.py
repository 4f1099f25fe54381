"""What every row rule means, in plain Python: the third reading that both engines are tested against.

Slow and simple on purpose, and written apart: nothing here imports the rules' SQL. It decides about typed records
(values of gridata_contracts.values), one by one.
"""

from gridata_contracts.reference.keys import repeated_rows
from gridata_contracts.reference.rows import HOLDS, broken_checks

__all__ = ["HOLDS", "broken_checks", "repeated_rows"]
