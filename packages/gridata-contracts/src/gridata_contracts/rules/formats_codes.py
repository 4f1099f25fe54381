"""Rules about codes of public lists: countries, currencies, languages, postal codes, time zones."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.codes import countries, currencies, languages, postal_code_patterns, time_zones
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.patterns import fixed, one_of
from gridata_contracts.sql.subject import Subject

COUNTRY_FORMS = ("alpha2", "alpha3", "numeric")


def _listed(s: Subject, codes: tuple[str, ...]) -> str:
    return s.dialect.matches(s.value, one_of(codes))


@row_rule(
    Group.FORMATS,
    "A country of ISO 3166-1: two capital letters, three (`alpha3`), or three digits (`numeric`).",
    applies=Applies.TEXT,
    optional={"form": Argument.CHOICE},
    choices={"form": COUNTRY_FORMS},
    expected="a country code of ISO 3166-1",
    aliases=("expect_column_values_to_be_valid_iso_country",),
    example=on(t.String(), {}, "DE", "DD"),
)
def is_country_code(s: Subject) -> str:
    form = COUNTRY_FORMS.index(str(s.argument("form") or "alpha2"))
    return _listed(s, tuple(country[form] for country in countries()))


@row_rule(
    Group.FORMATS,
    "An active currency of ISO 4217, three capital letters; funds, metals and XXX are among them.",
    applies=Applies.TEXT,
    expected="a currency code of ISO 4217",
    aliases=("iso_4217", "expect_column_values_to_be_valid_currency_code"),
    example=on(t.String(), {}, "EUR", "DEM"),
)
def is_currency_code(s: Subject) -> str:
    return _listed(s, currencies())


@row_rule(
    Group.FORMATS,
    "A language of ISO 639-1, two small letters.",
    applies=Applies.TEXT,
    expected="a language code of ISO 639-1",
    example=on(t.String(), {}, "de", "ge"),
)
def is_language_code(s: Subject) -> str:
    return _listed(s, languages())


@row_rule(
    Group.FORMATS,
    "The form of a subdivision of ISO 3166-2: a country of ISO 3166-1, a hyphen, one to three capitals or digits. "
    "Whether the country has that subdivision is not looked up.",
    applies=Applies.TEXT,
    expected="a subdivision code of ISO 3166-2",
    example=on(t.String(), {}, "DE-BY", "DD-BY"),
)
def is_subdivision_code(s: Subject) -> str:
    return s.dialect.matches(s.value, fixed(f"{one_of(tuple(c[0] for c in countries()))}-[0-9A-Z]{{1,3}}"))


@row_rule(
    Group.FORMATS,
    "The form of a postal code of the country, letters as capitals; whether it is in use is not looked up.",
    applies=Applies.TEXT,
    required={"country": Argument.CHOICE},
    choices={"country": tuple(postal_code_patterns())},
    expected="a postal code of {country}",
    example=on(t.String(), {"country": "GB"}, "SW1A 1AA", "SW1A 1AC"),
)
def is_postal_code(s: Subject) -> str:
    return s.matches(postal_code_patterns()[s.text("country")])


@row_rule(
    Group.FORMATS,
    "The name of a zone or link of the IANA time zone database, spelt as there.",
    applies=Applies.TEXT,
    expected="a time zone name such as Europe/Berlin",
    aliases=("expect_column_values_to_be_valid_iana_timezone",),
    example=on(t.String(), {}, "America/Argentina/Ushuaia", "America/Berlin"),
)
def is_timezone(s: Subject) -> str:
    return _listed(s, time_zones())
