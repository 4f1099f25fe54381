"""JSON texts: JSONTestSuite, what is hard for rewriting with patterns, and near misses."""

from __future__ import annotations

import json
import random
from pathlib import Path

from text_pools import misspelt

SUITE = Path(__file__).parent / "data/json_test_suite/cases.jsonl"
LONG_KEY = "name with a rather long text that no pattern of a contract could hold"
KEYS = ["a", "id", "é", "😀", 'a"\\/', "\n", ":", LONG_KEY]
MORE_KEYS = "bcdefghijklm"
_SPELLINGS = [
    "a", r"\u0061", "id", r"\u0069d", "é", r"\u00e9", r"\u00E9", r"e\u0301", "😀", r"\ud83d\ude00", r"\uD83D\uDE00",
    r"a\"\\\/", r"a\u0022\u005C\u002f", r"a\"\\/", r"\n", r"\u000a", r"\u000A", ":", r"\u003a", r"\\n", r"\\u0061",
    LONG_KEY,
]  # fmt: skip
_VALUES = ["1", "null", "[]", '{"a": 1}', '"id"', '["a", {"id": "x"}]', "-0.5e1"]
_MARKS = [  # characters that the rewriting itself puts in
    "\x01", "\x02", "\x03", "[\x02]", "[\x03]", "{\x02:\x03}", "{\x04:1}", '"a"\x01', '{"a"\x01:1}', '{"x\x04":1}',
]  # fmt: skip
_STRUCTURE = [
    "vv", '""""', '"a" "b"', "1 2", "tr ue", "- 1", '{"x":"y",":":"z"}', '{",":":"}', '["x",":","y"]', '{"a":1,"a":2}',
    '{"b":{"a":1}}', '[{"a":1}]', '{"x":"a"}', '{"x":"a","a":"x"}', '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}',
    '{"a":1 "id":2}', '{"a":1}}', '{"a":1}{"id":2}', '{{"a":1}', '}"a":1{', '{"a":[1,2}', "[1}", "{]", "[,]", "[1,,2]",
    '{"a":1]', "\ufeff{}", "\u00a01", "{}\x0b", "{}\x00", "NaN", "-Infinity", "[1,]", "'a'", "// c\n1", "{a:1}",
]  # fmt: skip
_ESCAPES = [
    r"\n1", '"\\', r'"\"', r'"\\"', r'"\\\"', r'{"\ud83d\ude00":1}', r'{"\ud83d":1}', r'{"\ude00\ud83d":1}',
    r'"\ud83d\\ude00"', r'"\ud83dx"', r'"\uD83D\u0041"', r'"\x41"',
    r'{"a":"\ud83d","a":1}', r'"\u00g0"', '"\t"', '"\x7f"', '"\x1f"',
]  # fmt: skip


def json_texts() -> list[str]:
    """JSONTestSuite where it is UTF-8, hard cases, and near misses of good ones."""
    dice = random.Random(7)
    suite = [text for case in map(json.loads, SUITE.read_text().splitlines()) if (text := _utf8(case["latin1"]))]
    names = [f'{{"{a}":"{b}"}}' for a in _SPELLINGS for b in ("", r"\\", r"\"", r"\u0022:1,\u0022a")]
    every_key = "{" + ",".join(f'"{key}":0' for key in [*_SPELLINGS, *MORE_KEYS]) + "}"
    objects = [_object(dice) for _ in range(100)]
    texts = [*suite, *_deep(), *names, every_key, *_MARKS, *_STRUCTURE, *_ESCAPES, *objects]
    short = [text for text in texts if len(text) < 200]
    return [*texts, *_wide(), *(misspelt(dice, dice.choice(short)) for _ in range(300))]


def _utf8(latin1: str) -> str | None:
    try:
        return latin1.encode("latin-1").decode()
    except UnicodeDecodeError:
        return None


def _object(dice: random.Random) -> str:
    return "{" + ", ".join(f'"{dice.choice(_SPELLINGS)}": {dice.choice(_VALUES)}' for _ in range(3)) + "}"


def _deep() -> list[str]:
    levels = (1, 99, 100, 101, 300)
    texts = [a * n + "1" + b * n for n in levels for a, b in (("[", "]"), ('{"a":', "}"))]
    return [*texts, *(f'{{"a":{text},"a":1}}' for text in texts)]


def _wide() -> list[str]:
    """Long enough for a stack to overflow, or for a parser to refuse a number or a name."""
    return [
        json.dumps(["x" * 30_000, *range(30_000)]),
        json.dumps({str(i): [i] for i in range(9_000)}),
        f'{{"a": {"1" * 5000}}}',
        f'{{"{"é" * 60_000}": 1, "a": 2}}',
        '"' + "\\n" * 20_000 + '"',
    ]
