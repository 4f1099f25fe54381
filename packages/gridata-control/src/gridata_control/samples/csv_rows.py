"""Customers as CSV records (RFC 4180): a null is an empty field."""

from __future__ import annotations

from collections.abc import Iterable

from gridata_control.samples.people import Customer
from gridata_control.samples.places import COUNTRIES

CsvRecord = dict[str, str | None]

_MUST_QUOTE = frozenset(',"\r\n')


def customer_record(customer: Customer) -> CsvRecord:
    """The customer's fields by column name, in the order of the file."""
    country = COUNTRIES[customer.country]
    return {
        "customer_id": customer.customer_id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "birth_date": customer.birth_date.isoformat(),
        "gender": customer.gender,
        "phone": customer.phone,
        "country": country.code,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "signup_date": customer.signup_date.isoformat(),
        "segment": customer.segment,
        "marketing_opt_in": "true" if customer.marketing_opt_in else "false",
        "preferred_channel": customer.preferred_channel,
        "preferred_language": country.language,
        "updated_at": customer.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def encode(fields: Iterable[str | None]) -> bytes:
    """One record, without its end."""
    return ",".join(_cell(field) for field in fields).encode()


def _cell(field: str | None) -> str:
    if field is None:
        return ""
    if field.strip() == field and not _MUST_QUOTE.intersection(field):
        return field
    return '"' + field.replace('"', '""') + '"'
