"""Rules about numbers of goods, publications, devices and traders."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.codes import vat_number_patterns
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.check_digits import char, passes_mod_10_of_thirds, position, weighted
from gridata_contracts.sql.guarded import guarded
from gridata_contracts.sql.subject import Subject
from gridata_contracts.sql.vat_numbers import CHECKED, passes_vat_number

GTIN_DIGITS = {"gtin8": 8, "gtin12": 12, "gtin13": 13, "gtin14": 14}
ISBN_FORMS = ("isbn10", "isbn13")

# Parts joined by hyphens have, with them, 13 or 17 characters.
_ISBN10 = "[0-9]{9}[0-9X]", "[0-9]{1,5}-[0-9]{1,7}-[0-9]{1,6}-[0-9X]", 13
_ISBN13 = "97[89][0-9]{10}", "97[89]-[0-9]{1,5}-[0-9]{1,7}-[0-9]{1,6}-[0-9]", 17


@row_rule(
    Group.FORMATS,
    "An ISBN with its check digit, of 13 or 10 digits or only one of them; plain, or all parts joined by hyphens.",
    applies=Applies.TEXT,
    optional={"form": Argument.CHOICE},
    choices={"form": ISBN_FORMS},
    expected="an ISBN",
    example=on(t.String(), {}, "978-3-16-148410-0", "978-3-16-148410-1"),
)
def is_isbn(s: Subject) -> str:
    d, digits = s.dialect, f"replace({s.value}, '-', '')"
    holds = {
        "isbn10": guarded(s.value, _isbn_form(s, *_ISBN10), passes_mod_11(s, digits, 10)),
        "isbn13": guarded(s.value, _isbn_form(s, *_ISBN13), passes_mod_10_of_thirds(d, digits)),
    }
    form = s.argument("form")
    return holds[str(form)] if form is not None else f"({holds['isbn13']} OR {holds['isbn10']})"


def _isbn_form(s: Subject, plain: str, parts: str, length: int) -> str:
    return f"({s.matches(plain)} OR ({s.matches(parts)} AND {s.dialect.length(s.value)} = {length}))"


def passes_mod_11(s: Subject, digits: str, length: int) -> str:
    """Weights from the length down to 2, and a check digit of which X is 10."""
    check = position(s.dialect, "0123456789X", char(digits, length))
    weights = [*range(length, 1, -1)]
    return weighted(
        s.dialect, f"substr({digits}, 1, {length - 1})", weights, lambda sum_: f"({sum_} + {check}) % 11 = 0"
    )


@row_rule(
    Group.FORMATS,
    "A GTIN with its check digit: 8, 12 (UPC-A), 13 (EAN-13) or 14 digits, or only one of them.",
    applies=Applies.TEXT,
    optional={"form": Argument.CHOICE},
    choices={"form": tuple(GTIN_DIGITS)},
    expected="a GTIN",
    example=on(t.String(), {}, "4006381333931", "4006381333932"),
)
def is_gtin(s: Subject) -> str:
    form = s.argument("form")
    counts = GTIN_DIGITS.values() if form is None else [GTIN_DIGITS[str(form)]]
    pattern = "|".join(f"[0-9]{{{count}}}" for count in counts)
    return guarded(s.value, s.matches(pattern), passes_mod_10_of_thirds(s.dialect, s.value))


@row_rule(
    Group.FORMATS,
    "An ISSN (ISO 3297) with its check digit; the hyphen in the middle may be left out.",
    applies=Applies.TEXT,
    expected="an ISSN",
    example=on(t.String(), {}, "0317-8471", "0317-8472"),
)
def is_issn(s: Subject) -> str:
    return guarded(s.value, s.matches("[0-9]{4}-?[0-9]{3}[0-9X]"), passes_mod_11(s, f"replace({s.value}, '-', '')", 8))


@row_rule(
    Group.FORMATS,
    "An IMEI: 15 digits with Luhn's check digit.",
    applies=Applies.TEXT,
    expected="an IMEI",
    aliases=("expect_column_values_to_be_valid_imei",),
    example=on(t.String(), {}, "490154203237518", "490154203237519"),
)
def is_imei(s: Subject) -> str:
    return guarded(s.value, s.matches("[0-9]{15}"), s.dialect.passes_luhn(s.value))


@row_rule(
    Group.FORMATS,
    "A DOI without resolver: `10.`, a registrant of 4 to 9 digits that may have parts, a slash, visible ASCII.",
    applies=Applies.TEXT,
    expected="a DOI",
    aliases=("expect_column_values_to_be_valid_doi",),
    example=on(t.String(), {}, "10.1000/182", "doi:10.1000/182"),
)
def is_doi(s: Subject) -> str:
    return s.matches(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,3}/[!-\x7E]+")


@row_rule(
    Group.FORMATS,
    "The form of a VAT number of the EU or Northern Ireland (XI), with its prefix, or of one `country` of them; "
    f"the check digits too of {', '.join(CHECKED)}.",
    applies=Applies.TEXT,
    optional={"country": Argument.CHOICE},
    choices={"country": tuple(vat_number_patterns())},
    expected="a VAT number",
    aliases=("expect_column_values_to_be_valid_formatted_vat",),
    example=on(t.String(), {}, "DE136695976", "DE136695978"),
)
def is_vat_number(s: Subject) -> str:
    country = s.argument("country")
    countries = tuple(vat_number_patterns()) if country is None else (str(country),)
    return passes_vat_number(s, countries)
