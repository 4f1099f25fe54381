"""Hostile object names: data where they only look odd, refused where they could escape."""

import pytest

from gridata_control.landing.names import forbidden, known_suffix, printable, unknown_suffix

PREFIX = "landing/ecommerce/orders/v1/"


@pytest.mark.parametrize(
    "name",
    [
        "plain.jsonl",
        "with space.jsonl",
        "g[1].jsonl",
        "*.jsonl",
        "'quoted\".jsonl",
        "$(touch x).jsonl",
        "_underscore.jsonl",
        ".hidden.jsonl",
        "..two-dots.jsonl",
        "100%25.jsonl",
        "a+b.jsonl",
        "קובץ.jsonl",
        "rtl\u202egnp.jsonl",
        "back\\slash.jsonl",
        "2024-01-01/x.jsonl.gz",
        "_SUCCESS",
        "folder/",
    ],
)
def test_odd_but_harmless_names_are_data(name: str) -> None:
    assert forbidden(PREFIX + name) is None


@pytest.mark.parametrize(
    "name",
    ["new\nline.jsonl", "nul\0.jsonl", "escape\x1b[2J.jsonl", "del\x7f.jsonl", "c1\x85.jsonl", "lone\udcff.jsonl"],
)
def test_control_characters_are_refused(name: str) -> None:
    assert "control character" in str(forbidden(PREFIX + name))


@pytest.mark.parametrize(
    "key", [PREFIX + "../x.jsonl", PREFIX + "./x.jsonl", "/etc/x.jsonl", PREFIX + "/x.jsonl", "..", "a//"]
)
def test_path_escapes_are_refused(key: str) -> None:
    assert "path segment" in str(forbidden(key))


def test_a_key_of_1024_bytes_is_data_and_one_more_is_refused() -> None:
    longest = PREFIX + "ä" * ((1024 - len(PREFIX) - 6) // 2) + ".jsonl"
    longest = longest.replace(".jsonl", "x" * (1024 - len(longest.encode())) + ".jsonl")
    assert len(longest.encode()) == 1024
    assert forbidden(longest) is None
    assert "1025 bytes" in str(forbidden("x" + longest))
    assert forbidden("") is not None


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.jsonl", ".jsonl"),
        ("a.NDJSON.GZ", ".jsonl.gz"),
        ("a.json.zst", ".json.zst"),
        ("a.snappy.parquet", ".parquet"),
        ("a.csv.gz", ".csv.gz"),
        ("a.orc", ".orc"),
        ("a.txt", None),
        ("a.gz", None),
        ("jsonl", None),
        ("a.jsonl.part", None),
        ("a.csv.bz2", None),
        ("a.jsonl/noending", None),
    ],
)
def test_the_ending_says_format_and_compression(name: str, suffix: str | None) -> None:
    assert known_suffix(PREFIX + name) == suffix
    assert (unknown_suffix(PREFIX + name) is None) == (suffix is not None)


def test_a_printed_key_cannot_move_the_cursor_or_reorder_text() -> None:
    shown = printable("a\x1b[2J\n\u202eb\u2028c\udcffé")
    assert shown == "a\\x1b[2J\\n\\u202eb\\u2028c\\udcffé"
