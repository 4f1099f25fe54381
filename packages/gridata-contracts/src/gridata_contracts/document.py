"""Reads a YAML document as plain data: strict, with the line of every value.

Stricter than YAML 1.1 where it guesses: only `true` and `false` are booleans (`NO` is Norway), dates stay text,
`1:30` is no number. Anchors, tags and duplicate keys are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import yaml

from gridata_contracts.errors import UsageError
from gridata_contracts.model import JsonValue
from gridata_contracts.problems import Problems

_BOOL, _INT, _FLOAT, _NULL, _STR = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null", "str"))
_MAX_BYTES = 2**20


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser is optional
    """Resolves plain scalars as YAML 1.2's JSON schema does."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver(_NULL, re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])
_Loader.add_implicit_resolver(_INT, re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(
    _FLOAT, re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z"), list("-0123456789")
)


@dataclass(frozen=True)
class Document:
    """A YAML mapping as plain data.

    Attributes:
        lines: line (from 1) of every value by its path, such as `schema[0].name`.
    """

    path: Path
    data: dict[str, JsonValue]
    lines: dict[str, int]

    def problems(self) -> Problems:
        """An empty collection that knows this document's lines."""
        return Problems(self.path, self.lines)


def read_document(path: Path) -> Document:
    """Read one YAML mapping.

    Raises:
        UsageError: there is no such file.
        ContractError: the text is not UTF-8, not YAML, or uses what the module refuses.
    """
    problems = Problems(path)
    lines: dict[str, int] = {}
    node = _compose(_read_text(path, problems), problems)
    data = None if node is None else _value(node, "", lines, problems)
    problems.raise_if_any()
    if not isinstance(data, dict):
        problems.add("document", data, "a mapping of keys to values", "Start from an existing contract.")
        problems.raise_if_any()
    return Document(path, cast(dict[str, JsonValue], data), lines)


def _read_text(path: Path, problems: Problems) -> str:
    if not path.is_file():
        raise UsageError(f"document {path}: got no such file, allowed an existing YAML file. Check the path.")
    content = path.read_bytes()
    if len(content) > _MAX_BYTES:
        problems.add("document", f"{len(content)} bytes", f"at most {_MAX_BYTES} bytes")
        problems.raise_if_any()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add("document", f"byte {content[error.start]:#04x} at offset {error.start}", "UTF-8 text")
        problems.raise_if_any()
        raise


def _compose(text: str, problems: Problems) -> yaml.Node | None:
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark is not None else 1
                problems.add(f"line {line}", f"*{event.anchor}", "no anchors or aliases", "Write the value out.")
                problems.raise_if_any()
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "document" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        problems.say(where, f"got {error.problem or error.context}, allowed YAML.", "Check indentation and quotes.")
    except (yaml.YAMLError, RecursionError) as error:
        problems.say("document", f"got {type(error).__name__}, allowed YAML.", "Remove control characters and depth.")
    problems.raise_if_any()
    return None


def _value(node: yaml.Node, path: str, lines: dict[str, int], problems: Problems) -> JsonValue:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{path}[{i}]", lines, problems) for i, item in enumerate(node.value)]
    return _scalar(node, path, problems)


def _mapping(node: yaml.MappingNode, path: str, lines: dict[str, int], problems: Problems) -> dict[str, JsonValue]:
    result: dict[str, JsonValue] = {}
    for key_node, value_node in node.value:
        line = f"line {key_node.start_mark.line + 1}"
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != _STR:
            problems.add(line, getattr(key_node, "value", None), "a key that is text", "Quote the key.")
            continue
        key = cast(str, key_node.value)
        inner = f"{path}.{key}" if path else key
        if key in result:
            problems.add(line, inner, "each key once", f"It is also on line {lines[inner]}; keep one.")
            continue
        result[key] = _value(value_node, inner, lines, problems)
    return result


def _scalar(node: yaml.Node, path: str, problems: Problems) -> JsonValue:
    text = cast(str, node.value)
    match node.tag:
        case tag if tag == _STR:
            return text
        case tag if tag == _NULL:
            return None
        case tag if tag == _BOOL:
            return text == "true"
        case tag if tag == _INT:
            return int(text)
        case tag if tag == _FLOAT:
            return float(text)
    problems.add(f"line {node.start_mark.line + 1}", f"{node.tag} at {path}", "plain values without tags")
    return None
