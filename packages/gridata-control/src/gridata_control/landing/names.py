"""Which object names are data, and which are refused. Producers choose names; nothing here trusts them.

Accepted, whatever they look like: spaces, quotes, glob and shell characters (`g[1].jsonl`, `$(x).jsonl`), a leading
`_` or `.`, percent signs, any letters of any script. Engines never see the name, so nothing can interpret it.
A zero-byte object such as `_SUCCESS` is not refused: it ends as EMPTY, and so does a folder marker (`…/`).
"""

from __future__ import annotations

import unicodedata

from gridata_contracts.naming import KEY_MAX_BYTES

FORMATS = (".jsonl", ".json", ".csv", ".parquet", ".orc")
COMPRESSIONS = (".gz", ".zst")
_SYNONYMS = {".ndjson": ".jsonl"}
_CONTROL = frozenset({"Cc", "Cs"})  # control characters; surrogates are bytes that are not UTF-8


def known_suffix(key: str) -> str | None:
    """`.jsonl.gz` of `…/Orders.JSONL.GZ`: lower case, `.ndjson` as `.jsonl`; None when the ending is not ours."""
    name = key.rpartition("/")[2].lower()
    compression = next((suffix for suffix in COMPRESSIONS if name.endswith(suffix)), "")
    stem = name.removesuffix(compression)
    for suffix in (*FORMATS, *_SYNONYMS):
        if stem.endswith(suffix):
            return _SYNONYMS.get(suffix, suffix) + compression
    return None


def forbidden(key: str) -> str | None:
    """Why the key cannot be taken as data, in words for the producer; None = it can. Does not look at the suffix."""
    size_bytes = len(key.encode("utf-8", "surrogatepass"))
    if not 0 < size_bytes <= KEY_MAX_BYTES:
        return f"name: got {size_bytes} bytes, allowed 1 to {KEY_MAX_BYTES}. Choose a shorter name."
    if any(unicodedata.category(character) in _CONTROL for character in key):
        return "name: got a control character or bytes that are not UTF-8, allowed printable text. Rename the file."
    if any(segment in ("", ".", "..") for segment in key.removesuffix("/").split("/")):
        return "name: got an empty, `.` or `..` path segment, allowed plain folder and file names. Rename the file."
    return None


def unknown_suffix(key: str) -> str | None:
    """Why the file's ending is not one of ours; None = it is."""
    if known_suffix(key) is not None:
        return None
    return f"name: got no known ending, allowed {' '.join(FORMATS)}, plain or with {' '.join(COMPRESSIONS)}. Rename it."


def printable(key: str) -> str:
    """The key for a terminal or a log: nothing in it can move the cursor, break a line or reorder text."""
    return "".join(_printable(character) for character in key)


def _printable(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character
