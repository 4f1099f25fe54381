"""Rules about numbers of persons, and about text that should hold none."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.check_digits import char, position, weighted
from gridata_contracts.sql.guarded import guarded
from gridata_contracts.sql.national_ids import NATIONAL_IDS, passes_national_id
from gridata_contracts.sql.personal_data import KINDS
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.FORMATS,
    "A telephone number in the international form of E.164: + and 7 to 15 digits, the first not 0.",
    applies=Applies.TEXT,
    expected="a telephone number such as +4930123456",
    aliases=("expect_column_values_to_be_valid_phonenumber",),
    example=on(t.String(), {}, "+4930123456", "030123456"),
)
def is_phone_number(s: Subject) -> str:
    return s.matches(r"\+[1-9][0-9]{6,14}")


@row_rule(
    Group.FORMATS,
    "An ORCID iD as four groups of four joined by hyphens, with its check digit; no URL.",
    applies=Applies.TEXT,
    expected="an ORCID iD",
    aliases=("expect_column_values_to_be_valid_orcid",),
    example=on(t.String(), {}, "0000-0002-1825-0097", "0000-0002-1825-0096"),
)
def is_orcid(s: Subject) -> str:
    digits, check = f"substr(replace({s.value}, '-', ''), 1, 15)", position(s.dialect, "0123456789X", char(s.value, 19))
    # ISO 7064 MOD 11-2: doubled from digit to digit.
    weights = [2 ** (15 - i) % 11 for i in range(15)]
    sum_ = weighted(s.dialect, digits, weights, lambda total: f"({total} + {check}) % 11 = 1")
    return guarded(s.value, s.matches("(?:[0-9]{4}-){3}[0-9]{3}[0-9X]"), sum_)


@row_rule(
    Group.FORMATS,
    "A number that the country gives to a person, in capitals, plain or with its usual hyphens and points, with its "
    "check digits where it has some. Dates in it are not looked up in a calendar.",
    applies=Applies.TEXT,
    required={"country": Argument.CHOICE},
    choices={"country": tuple(NATIONAL_IDS)},
    expected="a national identity number of {country}",
    example=on(t.String(), {"country": "DE"}, "36574261809", "36574261890"),
)
def is_national_id(s: Subject) -> str:
    return passes_national_id(s, s.text("country"))


@row_rule(
    Group.FORMATS,
    "Nowhere in the text stands an e-mail address, a telephone number (+ and 7 to 15 digits), a card number (12 to 19 "
    "digits in one piece, 16 in fours or 15 as 4-6-5, by Luhn) or an IBAN (by its check digits, blanks left out); or "
    "only none of `kinds`. Other personal data, such as names, is not found.",
    applies=Applies.TEXT,
    optional={"kinds": Argument.CHOICES},
    choices={"kinds": tuple(KINDS)},
    expected="text without personal data",
    example=on(t.String(), {}, "order 4111 1111 1111 1112 of DE89", "card 4111 1111 1111 1111"),
)
def has_no_pii(s: Subject) -> str:
    found = [KINDS[kind](s.dialect, s.value) for kind in s.texts("kinds") or KINDS]
    return f"NOT ({' OR '.join(found)})"
