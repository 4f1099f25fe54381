"""Finds keys the standard does not have: its models ignore them silently, so a typo would switch a rule off."""

from __future__ import annotations

import types
import typing

from pydantic import BaseModel

from gridata_contracts.model import JsonValue
from gridata_contracts.problems import Problems, did_you_mean


def strip_unknown_keys(value: JsonValue, model: type[BaseModel], path: str, problems: Problems) -> JsonValue:
    """The value without the keys `model` does not have; each one is noted as a problem."""
    if not isinstance(value, dict):
        return value
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    kept: dict[str, JsonValue] = {}
    for key, inner in value.items():
        inner_path = f"{path}.{key}" if path else key
        if key not in fields:
            allowed = f"{', '.join(sorted(fields))}"
            problems.add(inner_path, key, allowed, did_you_mean(key, fields) or "Remove the key.")
            continue
        kept[key] = _strip_inner(inner, fields[key].annotation, inner_path, problems)
    return kept


def _strip_inner(value: JsonValue, annotation: object, path: str, problems: Problems) -> JsonValue:
    if isinstance(value, dict):
        model = _first_model(annotation)
        return value if model is None else strip_unknown_keys(value, model, path, problems)
    if isinstance(value, list):
        item = _list_item(annotation)
        return [_strip_inner(inner, item, f"{path}[{i}]", problems) for i, inner in enumerate(value)]
    return value


def _members(annotation: object) -> tuple[object, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _first_model(annotation: object) -> type[BaseModel] | None:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            return member
    return None


def _list_item(annotation: object) -> object:
    for member in _members(annotation):
        if typing.get_origin(member) is list:
            return typing.get_args(member)[0]
    return None
