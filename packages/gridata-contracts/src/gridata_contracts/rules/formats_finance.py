"""Rules about numbers of accounts, banks, securities and companies."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.codes import countries
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Group, on
from gridata_contracts.sql.accounts import CARD, iban_pattern, passes_iban
from gridata_contracts.sql.check_digits import DIGITS, LETTERS, char, in_digits, passes_mod_97, position, signs_by_value
from gridata_contracts.sql.guarded import guarded
from gridata_contracts.sql.patterns import fixed, one_of
from gridata_contracts.sql.subject import Subject

_SIGNS = f"{DIGITS}{LETTERS}"
_CUSIP_SIGNS = f"{_SIGNS}*@#"


@row_rule(
    Group.FORMATS,
    "A payment card's number: 12 to 19 digits without separators, the first not 0, with Luhn's check digit.",
    applies=Applies.TEXT,
    expected="a card number",
    example=on(t.String(), {}, "4111111111111111", "4111111111111112"),
)
def is_card_number(s: Subject) -> str:
    return guarded(s.value, s.matches(CARD), s.dialect.passes_luhn(s.value))


@row_rule(
    Group.FORMATS,
    "An IBAN (ISO 13616) without blanks, in capitals: the country's structure and the check digits.",
    applies=Applies.TEXT,
    expected="an IBAN",
    aliases=("expect_column_values_to_be_valid_iban",),
    example=on(t.String(), {}, "DE89370400440532013000", "DE89370400440532013001"),
)
def is_iban(s: Subject) -> str:
    form = s.dialect.matches(s.value, fixed(iban_pattern()))
    return guarded(s.value, form, passes_iban(s.dialect, s.value))


@row_rule(
    Group.FORMATS,
    "A BIC (ISO 9362) of 8 or 11 capitals and digits whose country is one of ISO 3166-1 or XK.",
    applies=Applies.TEXT,
    expected="a BIC",
    aliases=("expect_column_values_to_be_valid_bic",),
    example=on(t.String(), {}, "DEUTDEFF500", "DEUTDDFF500"),
)
def is_bic(s: Subject) -> str:
    country = one_of((*(country[0] for country in countries()), "XK"))
    return s.dialect.matches(s.value, fixed(f"[0-9A-Z]{{4}}{country}[0-9A-Z]{{2}}(?:[0-9A-Z]{{3}})?"))


@row_rule(
    Group.FORMATS,
    "An ISIN (ISO 6166): two capitals, nine capitals or digits, and Luhn's check digit.",
    applies=Applies.TEXT,
    expected="an ISIN",
    aliases=("expect_column_values_to_be_valid_isin",),
    example=on(t.String(), {}, "US0378331005", "US0378331006"),
)
def is_isin(s: Subject) -> str:
    digits = " || ".join(in_digits(s.dialect, s.value, 1, 12))
    passes = s.dialect.once(digits, "_d", s.dialect.passes_luhn("_d"))
    return guarded(s.value, s.matches("[A-Z]{2}[0-9A-Z]{9}[0-9]"), passes)


@row_rule(
    Group.FORMATS,
    "An LEI (ISO 17442): 18 capitals or digits and two check digits.",
    applies=Applies.TEXT,
    expected="an LEI",
    example=on(t.String(), {}, "7LTWFZYICNSX8D621K86", "7LTWFZYICNSX8D621K87"),
)
def is_lei(s: Subject) -> str:
    return guarded(s.value, s.matches("[0-9A-Z]{18}[0-9]{2}"), passes_mod_97(in_digits(s.dialect, s.value, 1, 20)))


@row_rule(
    Group.FORMATS,
    "A CUSIP: eight capitals, digits, *, @ or #, and the check digit.",
    applies=Applies.TEXT,
    expected="a CUSIP",
    example=on(t.String(), {}, "037833100", "037833101"),
)
def is_cusip(s: Subject) -> str:
    odd, even = (_digit_sums(times) for times in (1, 2))
    total = " + ".join(position(s.dialect, even if i in (2, 4, 6, 8) else odd, char(s.value, i)) for i in range(1, 10))
    return guarded(s.value, s.matches("[0-9A-Z*@#]{8}[0-9]"), f"({total}) % 10 = 0")


def _digit_sums(times: int) -> str:
    """Signs by the sum of the digits of their value times 1 or 2."""
    values = {sign: divmod(times * value, 10) for value, sign in enumerate(_CUSIP_SIGNS)}
    return signs_by_value({sign: tens + ones for sign, (tens, ones) in values.items()}, 10)


@row_rule(
    Group.FORMATS,
    "A SEDOL: six digits, or a capital and five capitals or digits, none of them a vowel, and the check digit.",
    applies=Applies.TEXT,
    expected="a SEDOL",
    example=on(t.String(), {}, "B0WNLY7", "B0WNLY8"),
)
def is_sedol(s: Subject) -> str:
    weights = (1, 3, 1, 7, 3, 9, 1)
    signs = (f"{weight} * {position(s.dialect, _SIGNS, char(s.value, i + 1))}" for i, weight in enumerate(weights))
    form = s.matches("(?:[0-9]{6}|[B-DF-HJ-NP-TV-Z][0-9B-DF-HJ-NP-TV-Z]{5})[0-9]")
    return guarded(s.value, form, f"({' + '.join(signs)}) % 10 = 0")
