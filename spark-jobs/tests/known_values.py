"""Values that standards and authorities publish as examples, as cases: each rule is tried on all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.suite import Ask, suite

_FILE = Path(__file__).parents[2] / "packages" / "gridata-contracts" / "tests" / "data" / "known_values.yaml"
KNOWN: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
_SEPARATORS = " -./"

VALUES: list[str | None] = sorted({value for known in KNOWN for value in (*known["good"], *known["bad"])})
VALUES += sorted({_less for value in VALUES if value for sign in _SEPARATORS if (_less := value.replace(sign, ""))})
VALUES += [None]


def _asks() -> dict[str, Ask]:
    asks = [Ask(known["rule"], "value", known.get("arguments", {})) for known in KNOWN]
    return {f"{ask.rule}_{i}": ask for i, ask in enumerate(asks)}


CONTRACTS: Mapping[str, Contract] = {name: suite({"value": t.String()}, [ask]) for name, ask in _asks().items()}
"""One check on one column, by the rule's name and its place in the file."""
