"""Rules of the contract's author: conditions in SQL's words."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.expressions import evaluate
from gridata_contracts.reference.case import Case, Holds


def _is_true(case: Case) -> bool | None:
    return evaluate(case.check.expressions["expression"], case.record)


HOLDS: Mapping[str, Holds] = {"is_true": _is_true}
