"""Arguments of rules about forms that mean nothing are refused with what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError
from gridata_contracts.suite import Ask, suite

REFUSED = [
    ("is_ipv4_in", {"networks": ["10.0.0.1/8"]}, "Did you mean 10.0.0.0/8?"),
    ("is_ipv4_in", {"networks": ["10.0.0.0/8", "10.0.0.0/33"]}, "networks[1]"),
    ("is_ipv4_in", {"networks": ["10.0.0.0"]}, "Write the number of bits"),
    ("is_ipv4_in", {"networks": ["10.0.0.0/255.0.0.0"]}, "Write the number of bits"),
    ("is_ipv4_in", {"networks": ["10.0.0/8"]}, "Write four numbers up to 255"),
    ("is_ipv4_in", {"networks": ["2001:db8::/32"]}, "an IPv4 network such as 10.0.0.0/8"),
    ("is_ipv4_in", {"networks": []}, "at least one item"),
    ("is_url", {"schemes": ["https://"]}, "a scheme in small letters"),
    ("is_url", {"schemes": ["https", "FTP"]}, "schemes[1]"),
    ("is_uuid", {"version": 0}, "a version from 1 to 8"),
    ("is_uuid", {"version": 9}, "a version from 1 to 8"),
    ("is_hash", {"algorithm": "sha3"}, "md5"),
    ("is_hash", {}, "algorithm"),
    ("is_country_code", {"form": "alpha-2"}, "Did you mean 'alpha2'?"),
    ("is_postal_code", {"country": "UK"}, "GB"),
    ("is_national_id", {"country": "XX"}, "BE"),
    ("has_no_pii", {"kinds": ["email", "name"]}, "phone"),
]


@pytest.mark.parametrize(("rule", "arguments", "told"), REFUSED)
def test_arguments_that_mean_nothing_are_refused(rule: str, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError) as error:
        suite({"value": t.String()}, [Ask(rule, "value", arguments)])

    assert told in str(error.value)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("is_ipv4_in", {"networks": ["0.0.0.0/0", "192.0.2.1/32"]}),
        ("is_url", {"schemes": ["s3", "git+ssh"]}),
        ("is_uuid", {"version": 8}),
        ("has_no_pii", {"kinds": ["card"]}),
    ],
)
def test_arguments_that_exist_are_accepted(rule: str, arguments: dict[str, Any]) -> None:
    (check,) = suite({"value": t.String()}, [Ask(rule, "value", arguments)]).checks

    assert check.arguments == arguments
