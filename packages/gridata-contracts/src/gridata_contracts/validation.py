"""Turns the schema library's errors into our own problems."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from gridata_contracts.problems import Absent, Problems

_MEMBER_OF_UNION = ("str", "bool", "int", "float", "dict", "list")


def note_validation_error(error: ValidationError, problems: Problems) -> None:
    """Note every error with its path in the document."""
    for each in error.errors(include_url=False):
        path = _dotted(each["loc"])
        if each["type"] == "missing":
            problems.add(path, Absent, "a value", "Add the key.")
            continue
        allowed = each["msg"].removeprefix("Input should be ")
        problems.add(path, each["input"], allowed, _hint(each["type"], each["input"]))


def _hint(kind: str, value: object) -> str:
    if kind == "string_type" and isinstance(value, int | float):
        return "Quote it."
    return "Remove the quotes." if isinstance(value, str) and kind.endswith("_type") else ""


def _dotted(location: Sequence[str | int]) -> str:
    """`schema[0].name` of the library's location, without the members of unions it lists (`Team`, `list[…]`)."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part[:1].islower() and "[" not in part and part not in _MEMBER_OF_UNION:
            path += f".{part}" if path else part
    return path
