"""Texts at the edges of what rules about text, numbers and days accept, and near misses of them."""

from __future__ import annotations

import random

YEARS = (0, 1, 4, 1900, 2000, 2023, 2024, 9999)
ROUNDED_TO_INFINITY = (2**1024 - 2**970, 2**128 - 2**103)
"""The least such numbers, of 64 and of 32 bits."""

_EDGES = (0, 1, 99, 100, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**17, 10**36, 10**38 - 1, 10**38, 10**308, 10**309)
_FRACTIONS = ("0", "00", "01", "10", "005", "99999", "0" * 390, "0" * 400 + "1")
_NUMERALS = (
    "1e400", "1e-400", "-1e-400", "0e999999999999", "1e99999999999999999999", "1e-99999999999999999999", "4.9e-324",
    "2e-324", "1e0", "1E+05", "1e+", "1e", ".5", "5.", "+1", "-", "--1", "-0", "-0.0", "00", "01", "-01", "0x10",
    "1_000", "1,5", " 1", "1 ", "1\n", "1d", "1f", "inf", "Infinity", "NaN", "nan", "\u0661", "\uff11", "1e\uff15", "",
    "1\x00", "9" * 400, "9" * 401, "0." + "1" * 398, "0." + "1" * 399, "true", "True", "TRUE", "tRUE",
    "false", "False", "FALSE",
)  # fmt: skip
_TIMES = (
    "00:00:00", "23:59:59.999999", "24:00:00", "12:60:00", "12:00:60", "1:00:00", "12:00", "12:00:00.1234567",
    "12:00:00.",
)  # fmt: skip
_OFFSETS = ("Z", "", "+00:00", "-00:00", "+14:59", "-14:59", "+15:00", "+01", "+0100", "z", " Z", "+00:60")
_DAYS = (
    "2024-02-29T23:59:59.123Z", "2024-02-29 23:59:59,123", "20240229T235959123456+01:00", "2024-02-29\n",
    "\u0662\u0660\u0662\u0664-02-29", "", "2024-2-29", "24-02-29", "29 02,2024", "29/02/2024 23:59",
    "29/02/2023 23:59", "29/02/2024 24:00", "29/02/2024 \u0660\u0660:00",
)  # fmt: skip
_ATOMS = (
    *"aAbBzZ%_ .\\\"'-[]{}()*+?^$|&~\t\n\r\x0b\x0c\x00\x1b\x1f\x7f\x80\x85\x9f", "\u00a0", "\u2028", "é", "É",
    "e\u0301", "ß", "İ", "\u0131", "K", "😀", "ﬁ", "\u2019", "ab", "a_c", "GmbH", "  ",
)  # fmt: skip


def misspelt(dice: random.Random, text: str) -> str:
    """One or two characters changed, added or taken away."""
    for _ in range(dice.choice([1, 1, 2])):
        i = dice.randrange(len(text) + 1)
        text = text[:i] + dice.choice([*'[]{},:"\\tn0-.eE+ \n\x01\x02\x03é', ""]) + text[i + dice.choice([0, 1]) :]
    return text


def numeral_texts() -> list[str]:
    """Numbers around every bound, in many writings."""
    dice = random.Random(8)
    whole = [str(s * (n + d)) for n in (*_EDGES, *ROUNDED_TO_INFINITY) for d in (-1, 0, 1) for s in (1, -1)]
    texts = [*whole, *_NUMERALS, *(f"{n}.{fraction}" for n in whole[:60] for fraction in _FRACTIONS)]
    for n in ROUNDED_TO_INFINITY:
        exponent = len(str(n)) - 1
        for d in (str(n), str(n - 1), str(n)[:20], str(n)[:20] + "9"):
            texts += [f"{d[0]}.{d[1:]}e{exponent}", f"{d}e{exponent + 1 - len(d)}"]
            texts += [f"-0.{d}E+{exponent + 1}", f"0.000{d}e{exponent + 4}"]
    return [*texts, *(misspelt(dice, dice.choice(texts)) for _ in range(600))]


def day_texts() -> list[str]:
    """Days at the ends of months, in special years and several formats; times; instants near the calendar's ends."""
    dice = random.Random(9)
    days = [(y, m, d) for y in YEARS for m in range(14) for d in (0, 1, 9, 10, *range(28, 33))]
    forms = ("{0:04}-{1:02}-{2:02}", "{2:02}.{1:02}.{0:04}", "{0:04}{1:02}{2:02}", "{1:02}/{2:02}/{0:04}")
    texts = [form.format(*day) for form in forms for day in days]
    for day in ("0001-01-01", "9999-12-31", "2024-02-29", "0000-01-01"):
        texts += [f"{day}{sign}{time}{offset}" for sign in "T ;" for time in _TIMES for offset in _OFFSETS]
    texts += [*_DAYS, *(_near_an_end(dice) for _ in range(300))]
    return [*texts, *(misspelt(dice, dice.choice(texts)) for _ in range(400))]


def _near_an_end(dice: random.Random) -> str:
    day = dice.choice(["0001-01-01", "9999-12-31", "0001-01-02"])
    hour, minute = dice.choice([0, 1, 9, 12, 14, 15, 22, 23]), dice.choice([0, 1, 30, 59])
    offset = f"{dice.choice('+-')}{dice.choice([0, 1, 9, 12, 14]):02}:{dice.choice([0, 1, 29, 30, 31, 59]):02}"
    return f"{day}T{hour:02}:{minute:02}:{dice.choice(['00', '59.999999', '00.000001'])}{offset}"


def plain_texts() -> list[str]:
    """Every kind of character at every place of short texts."""
    dice = random.Random(10)
    return ["", *_ATOMS, *("".join(dice.choices(_ATOMS, k=dice.choice([2, 2, 3, 3, 4, 5, 8]))) for _ in range(500))]
