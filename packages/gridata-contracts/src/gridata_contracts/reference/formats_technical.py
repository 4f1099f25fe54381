"""Rules about text that programs write: digests, encodings, versions, slugs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.reference.check_digits import DIGITS, HEXADECIMAL, of_signs

_WORD = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
_IDENTIFIER = _WORD | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
_DIGEST_CHARS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}


def _is_base64(case: Case) -> bool:
    try:
        base64.b64decode(case.value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(case.value) % 4 == 0


def _is_semantic_version(case: Case) -> bool:
    rest, plus, build = case.value.partition("+")
    core, hyphen, pre_release = rest.partition("-")
    numbers, early, late = core.split("."), pre_release.split("."), build.split(".")
    return (
        len(case.value) <= 255
        and len(numbers) == 3
        and all(of_signs(each, DIGITS) and _is_canonical(each) for each in numbers)
        and (not hyphen or all(of_signs(each, _IDENTIFIER) and _is_canonical(each) for each in early))
        and (not plus or all(of_signs(each, _IDENTIFIER) for each in late))
    )


def _is_canonical(identifier: str) -> bool:
    return not set(identifier) <= DIGITS or identifier == "0" or identifier[0] != "0"


HOLDS: Mapping[str, Holds] = {
    "is_hash": lambda case: of_signs(case.value, HEXADECIMAL, _DIGEST_CHARS[case.argument("algorithm")]),
    "is_base64": _is_base64,
    "is_hex_color": lambda case: case.value[:1] == "#" and of_signs(case.value[1:], HEXADECIMAL, 3, 4, 6, 8),
    "is_semantic_version": _is_semantic_version,
    "is_slug": lambda case: all(of_signs(word, _WORD) for word in case.value.split("-")),
}
