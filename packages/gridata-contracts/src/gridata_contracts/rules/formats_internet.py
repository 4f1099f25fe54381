"""Rules about names and addresses of the internet."""

from __future__ import annotations

import ipaddress

from gridata_contracts import types as t
from gridata_contracts.format_arguments import ipv4_networks, url_schemes, uuid_version
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.addresses import DOMAIN, HOSTNAME, IPV4, IPV6, MAX_HOSTNAME, MAX_IPV6, PORT
from gridata_contracts.sql.check_digits import number
from gridata_contracts.sql.guarded import guarded, matches_within
from gridata_contracts.sql.subject import Subject

MAX_EMAIL, MAX_LOCAL_PART, MAX_URL = 254, 64, 2048

_ATOM = "[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = rf"{_ATOM}(?:\.{_ATOM})*@{DOMAIN}"
_HEX = "[0-9A-Fa-f]"
_HOST = rf"(?:{HOSTNAME}|{IPV4}|\[{IPV6}\])"
_PATH = f"[0-9A-Za-z!$&'()*+,./:;=@_~-]*(?:%{_HEX}{{2}}[0-9A-Za-z!$&'()*+,./:;=@_~-]*)*"
_QUERY = f"[0-9A-Za-z!$&'()*+,./:;=?@_~-]*(?:%{_HEX}{{2}}[0-9A-Za-z!$&'()*+,./:;=?@_~-]*)*"


@row_rule(
    Group.FORMATS,
    "An e-mail address: RFC 5321's unquoted form, at most 64 characters before the @ and 254 in all; "
    "the domain has a dot. No comments, quoted parts, address literals or letters beyond ASCII.",
    applies=Applies.TEXT,
    expected="an e-mail address",
    aliases=("expect_column_values_to_contain_valid_email",),
    example=on(t.String(), {}, "o'neil+news@mail.example.com", "o'neil..news@mail.example.com"),
)
def is_email(s: Subject) -> str:
    local = f"instr({s.value}, '@') <= {MAX_LOCAL_PART + 1}"
    return guarded(s.value, local, matches_within(s, _EMAIL, MAX_EMAIL))


@row_rule(
    Group.FORMATS,
    "A URL with a host: `scheme://host[:port][/path][?query][#fragment]` of at most 2048 characters; "
    "scheme one of `schemes` (http and https), no user name. Letters beyond ASCII are written as %HH or punycode.",
    applies=Applies.TEXT,
    optional={"schemes": Argument.STRINGS},
    relation=url_schemes,
    expected="a URL",
    example=on(t.String(), {}, "https://www.example.com:8080/a%20b?c=d#e", "https://www.example.com:8080/a b"),
)
def is_url(s: Subject) -> str:
    schemes = "|".join(_any_case(scheme) for scheme in s.texts("schemes") or ("http", "https"))
    return matches_within(s, rf"(?:{schemes})://{_HOST}(?::{PORT})?(?:/{_PATH})?(?:\?{_QUERY})?(?:#{_QUERY})?", MAX_URL)


def _any_case(scheme: str) -> str:
    return "".join(f"[{char}{char.upper()}]" if char.isalpha() else f"\\{char}" for char in scheme)


@row_rule(
    Group.FORMATS,
    "A host name (RFC 1123): labels of letters, digits and inner hyphens, at most 63 characters each and 253 in all; "
    "the last one begins with a letter. No final dot, no underscore.",
    applies=Applies.TEXT,
    expected="a host name",
    example=on(t.String(), {}, "db-1.example.com", "db-.example.com"),
)
def is_hostname(s: Subject) -> str:
    return matches_within(s, HOSTNAME, MAX_HOSTNAME)


@row_rule(
    Group.FORMATS,
    "A UUID (RFC 9562) written 8-4-4-4-12 in small or capital letters; with `version`, one of that version.",
    applies=Applies.TEXT,
    optional={"version": Argument.INTEGER},
    relation=uuid_version,
    expected="a UUID",
    aliases=("expect_column_values_to_be_valid_uuid",),
    example=on(
        t.String(), {"version": 4}, "919108f7-52d1-4320-9bac-f847db4148a8", "919108f7-52d1-7320-9bac-f847db4148a8"
    ),
)
def is_uuid(s: Subject) -> str:
    version = s.argument("version")
    last = f"{_HEX}{{4}}-{_HEX}{{4}}" if version is None else f"{version}{_HEX}{{3}}-[89ABab]{_HEX}{{3}}"
    return s.matches(f"{_HEX}{{8}}-{_HEX}{{4}}-{last}-{_HEX}{{12}}")


@row_rule(
    Group.FORMATS,
    "An IPv4 address: four numbers up to 255 without leading zeros.",
    applies=Applies.TEXT,
    expected="an IPv4 address",
    aliases=("is_valid_ipv4_address", "expect_column_values_to_be_valid_ipv4"),
    example=on(t.String(), {}, "192.0.2.10", "192.0.2.256"),
)
def is_ipv4(s: Subject) -> str:
    return s.matches(IPV4)


@row_rule(
    Group.FORMATS,
    "An IPv6 address in a form of RFC 4291: eight groups, `::`, the last 32 bits also as IPv4; no zone.",
    applies=Applies.TEXT,
    expected="an IPv6 address",
    aliases=("is_valid_ipv6_address", "expect_column_values_to_be_valid_ipv6"),
    example=on(t.String(), {}, "2001:db8::192.0.2.10", "2001:db8::1::10"),
)
def is_ipv6(s: Subject) -> str:
    return matches_within(s, IPV6, MAX_IPV6)


@row_rule(
    Group.FORMATS,
    "An IPv4 or IPv6 address, as `is_ipv4` and `is_ipv6` accept them.",
    applies=Applies.TEXT,
    expected="an IP address",
    example=on(t.String(), {}, "2001:db8::1", "2001:db8"),
)
def is_ip_address(s: Subject) -> str:
    return matches_within(s, f"{IPV4}|{IPV6}", MAX_IPV6)


@row_rule(
    Group.FORMATS,
    "An IPv4 address in one of the networks, each given as `address/bits`.",
    applies=Applies.TEXT,
    required={"networks": Argument.STRINGS},
    relation=ipv4_networks,
    expected="an IPv4 address in {networks}",
    aliases=("is_ipv4_address_in_cidr", "expect_column_values_ip_address_in_network"),
    example=on(t.String(), {"networks": ["10.0.0.0/8", "192.0.2.128/25"]}, "192.0.2.200", "192.0.2.100"),
)
def is_ipv4_in(s: Subject) -> str:
    octets = [number(f"split_part({s.value}, '.', {i})") for i in (1, 2, 3, 4)]
    address = " + ".join(f"{octet} * {256 ** (3 - i)}" for i, octet in enumerate(octets))
    networks = (ipaddress.IPv4Network(text) for text in s.texts("networks"))
    within = (f"_a BETWEEN {int(each.network_address)} AND {int(each.broadcast_address)}" for each in networks)
    return guarded(s.value, s.matches(IPV4), s.dialect.once(address, "_a", " OR ".join(within)))


@row_rule(
    Group.FORMATS,
    "A MAC address (EUI-48): six pairs of hexadecimal digits, all joined by `:` or all by `-`.",
    applies=Applies.TEXT,
    expected="a MAC address",
    aliases=("expect_column_values_to_be_valid_mac",),
    example=on(t.String(), {}, "00:1B:44:11:3a:B7", "00:1B:44-11-3a-B7"),
)
def is_mac_address(s: Subject) -> str:
    pair = f"{_HEX}{{2}}"
    return s.matches(f"{pair}(?:(?::{pair}){{5}}|(?:-{pair}){{5}})")
