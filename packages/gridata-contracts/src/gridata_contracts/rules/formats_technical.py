"""Rules about text that programs write: digests, encodings, versions, slugs."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.guarded import guarded, matches_within
from gridata_contracts.sql.subject import Subject

MAX_VERSION = 255
DIGEST_CHARS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}

_NUMBER = "(?:0|[1-9][0-9]*)"
_PRE_RELEASE = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = "[0-9A-Za-z-]+"
_VERSION = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRE_RELEASE}(?:\.{_PRE_RELEASE})*)?(?:\+{_BUILD}(?:\.{_BUILD})*)?"


@row_rule(
    Group.FORMATS,
    "A digest of the algorithm in hexadecimal digits, small or capital.",
    applies=Applies.TEXT,
    required={"algorithm": Argument.CHOICE},
    choices={"algorithm": tuple(DIGEST_CHARS)},
    expected="a {algorithm} digest in hexadecimal",
    example=on(t.String(), {"algorithm": "md5"}, "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427"),
)
def is_hash(s: Subject) -> str:
    return s.matches(f"[0-9A-Fa-f]{{{DIGEST_CHARS[s.text('algorithm')]}}}")


@row_rule(
    Group.FORMATS,
    "Base64 in the standard alphabet of RFC 4648 with padding and no line ends; empty text encodes nothing.",
    applies=Applies.TEXT,
    expected="base64 text",
    aliases=("expect_column_values_to_be_valid_base64",),
    example=on(t.String(), {}, "Z3JpZGF0YQ==", "Z3JpZGF0YQ="),
)
def is_base64(s: Subject) -> str:
    return f"({s.matches('[0-9A-Za-z+/]*={0,2}')} AND {s.dialect.length(s.value)} % 4 = 0)"


@row_rule(
    Group.FORMATS,
    "A colour as CSS writes it: # and 3, 4, 6 or 8 hexadecimal digits.",
    applies=Applies.TEXT,
    expected="a hexadecimal colour",
    aliases=("expect_column_values_to_be_valid_hex_color",),
    example=on(t.String(), {}, "#1e90FF", "#1e90F"),
)
def is_hex_color(s: Subject) -> str:
    return s.matches("#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


@row_rule(
    Group.FORMATS,
    "A version as Semantic Versioning 2.0.0 writes it, at most 255 characters.",
    applies=Applies.TEXT,
    expected="a semantic version",
    example=on(t.String(), {}, "1.10.0-rc.1+build.5", "1.10.0-rc.01"),
)
def is_semantic_version(s: Subject) -> str:
    return matches_within(s, _VERSION, MAX_VERSION)


@row_rule(
    Group.FORMATS,
    "A slug as URLs have it: words of small letters a to z and digits, joined by single hyphens.",
    applies=Applies.TEXT,
    expected="a slug",
    aliases=("expect_column_values_to_be_slug",),
    example=on(t.String(), {}, "summer-sale-2025", "summer--sale"),
)
def is_slug(s: Subject) -> str:
    # Words as a repeated group would be too deep for Java's matcher in a text without end.
    return guarded(s.value, s.matches("[0-9a-z](?:[0-9a-z-]*[0-9a-z])?"), f"instr({s.value}, '--') = 0")
