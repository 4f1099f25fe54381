"""Conditions in SQL's words: what a check's `where` and the rule `is_true` may say about one row.

| what        | how it is written                                                                              |
|-------------|------------------------------------------------------------------------------------------------|
| column      | its path: `status`, `shipping.address.city`; no items of arrays; `"in"` where it is a keyword  |
| literal     | `'it''s'`, `10`, `1.5e3`, `TRUE`, `FALSE`, `DATE '2024-01-31'`, `TIMESTAMP '2024-01-31T00:00:00Z'` |
| logic       | `AND`, `OR`, `NOT`                                                                             |
| comparison  | `=`, `<>` (or `!=`), `<`, `<=`, `>`, `>=`, `[NOT] IN (…)`, `[NOT] BETWEEN … AND …`, `IS [NOT] NULL` |
| calculation | `+`, `-`, `*` of numbers; unary `-`; `abs(n)`                                                  |
| text        | `length(t)`, `lower(t)`, `upper(t)`, `starts_with(t, 'x')`, `ends_with(t, 'x')`, `contains(t, 'x')` |
| null        | `coalesce(a, b, …)`                                                                            |

Everything else is refused. Logic has SQL's three values. Whole numbers and decimals are exact and compare with each
other; binary numbers compare with binary numbers and numeric literals only, NaN equals itself and is greatest, and
-0.0 is 0.0. Text compares by code point, and a text literal beside a date or timestamp is read as one. `length` counts
code points; `lower` and `upper` change the letters A to Z only, because engines disagree about the others.
"""

from gridata_contracts.expressions.emission import emit
from gridata_contracts.expressions.evaluation import evaluate
from gridata_contracts.expressions.parse import parse_expression
from gridata_contracts.expressions.tree import Expression

__all__ = ["Expression", "emit", "evaluate", "parse_expression"]
