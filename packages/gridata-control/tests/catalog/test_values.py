"""What SQL can answer becomes JSON without losing a digit."""

from __future__ import annotations

import pytest
from pyiceberg.catalog import Catalog

from gridata_control.catalog.sql import query
from gridata_control.catalog.values import plain


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("TIMESTAMPTZ '2024-01-31 12:00:00.000001+02'", "2024-01-31T10:00:00.000001Z"),
        ("TIMESTAMP '2024-01-31 12:00:00'", "2024-01-31T12:00:00"),
        ("DATE '2024-01-31'", "2024-01-31"),
        ("12345678901234567890123456789012345.678::DECIMAL(38,3)", "12345678901234567890123456789012345.678"),
        ("9223372036854775807::BIGINT + 1::HUGEINT", 9223372036854775808),
        ("0.1::DOUBLE", 0.1),
        ("'nan'::DOUBLE", "nan"),
        ("'\\xFF'::BLOB", "/w=="),
        ("[1, NULL]", [1, None]),
        ("{'a': 1.50::DECIMAL(9,2), 'b': {'c': true}}", {"a": "1.50", "b": {"c": True}}),
        ("NULL", None),
        ("'7f3c'", "7f3c"),
    ],
)
def test_value_of_an_answer_is_exact_in_json(catalog: Catalog, expression: str, expected: object) -> None:
    with query(catalog, f"SELECT {expression}") as answer:
        ((value,),) = answer.rows

    assert plain(value) == expected
